"""The portraits of a Czech bank's clients, its segments and its lists, reckoned again from the files."""

import csv
from decimal import Decimal

from tests.bank.berka import MARKS, of_file, rows
from warehouse.connection import PROJECT

pytestmark = MARKS


def owners():
    """Return the client that owns each account, by the dispositions' file."""
    return {record["account_id"]: record["client_id"] for record in of_file("disp.asc") if record["type"] == "OWNER"}


def movements():
    """Yield (account, day, amount with its sign, balance after it) of both files of movements."""
    for name in ("trans_head.asc.gz", "feup_trans_test.csv"):
        for record in of_file(name):
            sign = 1 if record["type"] in ("PRIJEM", "credit") else -1
            yield record["account_id"], record["date"], sign * Decimal(record["amount"]), Decimal(record["balance"])


def test_every_client_has_a_portrait_with_age_sex_and_the_figures_of_the_district(bank):
    districts = {record["A1"]: record for record in of_file("district.asc")}
    expected = {}
    for record in of_file("client.asc"):
        year, month = int(record["birth_number"][:2]), int(record["birth_number"][2:4])
        district = districts[record["district_id"]]
        place = (district["A2"], district["A3"], int(district["A4"]), district["A11"])
        expected[record["client_id"]] = (98 - year, "female" if month > 50 else "male", *place)
    query = """
        select customer_id, age, gender, region, region_part_of, region_population, region_figures ->> 'average_salary'
        from marts.bank_portraits
    """
    assert len(expected) == 5_369
    assert {row[0]: row[1:] for row in rows(bank, query)} == expected


def test_the_credit_history_of_a_client_is_that_of_the_loans_on_the_accounts_owned(bank):
    standing = {"A": "good", "C": "good", "D": "in arrears", "B": "defaulted"}
    owner, expected = owners(), {}
    for record in of_file("loan.asc"):
        expected[owner[record["account_id"]]] = (1, Decimal(record["amount"]), standing[record["status"]])
    assert len(expected) == 682
    for record in of_file("feup_trans_test.csv"):
        client = owner[record["account_id"]]
        if record["k_symbol"].startswith("sanction") and record["date"] >= "971229" and client in expected:
            *loan, word = expected[client]
            expected[client] = (*loan, "overdrawn" if word == "good" else word)
    query = """
        select customer_id, loan_count, amount_lent, credit_standing from marts.bank_portraits where loan_count > 0
    """
    assert {row[0]: row[1:] for row in rows(bank, query)} == expected


def test_a_card_is_in_the_portrait_of_its_holder(bank):
    holder = {record["disp_id"]: record["client_id"] for record in of_file("disp.asc")}
    expected = {holder[record["disp_id"]]: f"card_{record['type']}" for record in of_file("card.asc")}
    query = "select customer_id, card_product_id from marts.bank_portraits where card_count > 0"
    assert len(expected) == 892
    assert dict(rows(bank, query)) == expected


def test_the_cash_flows_of_each_account_are_the_movements_of_the_files(bank):
    expected = {}
    for account, _, amount, _ in movements():
        count, total = expected.get(account, (0, 0))
        expected[account] = (count + 1, total + amount)
    query = "select account_id, sum(movement_count), sum(amount) from marts.cash_flows group by account_id"
    assert {account: (count, total) for account, count, total in rows(bank, query)} == expected


def test_deposits_are_balances_of_the_last_day_in_the_band_of_the_seed(bank):
    bands = list(csv.DictReader((PROJECT / "dbt" / "seeds" / "deposit_bands.csv").open()))
    floors = sorted((Decimal(band["balance_from"] or "-Infinity"), band["band"]) for band in bands)
    last = {}
    for account, day, _, balance in movements():
        if day >= last.get(account, ("", None))[0]:
            same_day = last[account][1] if account in last and last[account][0] == day else set()
            last[account] = (day, same_day | {balance})
    found = rows(bank, "select account_id, balance, band from marts.deposits")
    assert len(found) == 4_500
    assert {account for account, balance, _ in found if balance is not None} == set(last)
    for account, balance, band in found:
        if balance is not None:
            assert balance in last[account][1]
            assert band == [name for floor, name in floors if floor <= balance][-1]


def test_clients_can_be_picked_by_credit_history_and_deposits(bank):
    query = """
        select credit_standing, deposit_band, count(*) from marts.bank_portraits group by 1, 2
    """
    cells = {(standing, band): count for standing, band, count in rows(bank, query)}
    by_standing = {name: sum(n for cell, n in cells.items() if cell[0] == name) for name, _ in cells}
    assert sum(cells.values()) == 5_369
    assert (by_standing["in arrears"], by_standing["defaulted"]) == (45, 31)
    sizes = dict(rows(bank, "select segment_id, size from marts.segments where business = 'bank'"))
    trouble = ("overdrawn", "in arrears", "defaulted")
    assert sizes["in_difficulties"] == sum(by_standing.get(name, 0) for name in trouble)
    assert sizes["sound_savers"] == sum(
        count
        for (standing, band), count in cells.items()
        if standing in ("good", "no history") and band in ("high", "very high")
    )
    known = "select count(distinct account_id) from raw.transactions"
    assert sum(n for (_, band), n in cells.items() if band) == bank.execute(known).fetchone()[0]


def test_nobody_is_called_suitable_for_credit_with_a_loan_that_runs_or_went_wrong(bank):
    owner = owners()
    bad = {owner[record["account_id"]] for record in of_file("loan.asc") if record["status"] in "BCD"}
    suitable = {
        row[0]
        for row in rows(
            bank, "select customer_id from marts.product_suitability where product_id = 'loan' and is_suitable"
        )
    }
    assert suitable and not suitable & bad


def test_the_chain_goes_on_to_lists_of_financial_products_and_without_a_campaign_to_no_file(bank):
    assert not [words for words, text in bank.printed.items() if " WARN " in text]
    assert bank.printed["python -m warehouse export"] == ""
    unsuitable = """
        select count(*) filter (where is_suitable is not true), count(distinct product_id)
        from serving.recommendations left join serving.product_suitability using (business, customer_id, product_id)
    """
    assert rows(bank, unsuitable) == [(0, 6)]
    neither_listed_nor_excluded = """
        select count(*) from serving.customers inner join serving.products using (business)
        where is_recommendable
        and not exists (
            select from serving.recommendations as listed
            where (listed.customer_id, listed.product_id) = (customers.customer_id, products.product_id)
        )
        and not exists (
            select from serving.exclusions as excluded
            where (excluded.customer_id, excluded.product_id) = (customers.customer_id, products.product_id)
            and excluded.list = 'recommendations' and excluded.rule_id = 'suitability'
        )
    """
    assert rows(bank, neither_listed_nor_excluded) == [(0,)]
    opened = "select count(*) from marts.interactions where event = 'Product Opened'"
    assert rows(bank, opened) == [(5_369 + 682 + 892,)]
    ndcg = dict(rows(bank, "select model, value from serving.measures where metric = 'ndcg'"))
    assert ndcg["lightfm"] > ndcg["popular"]
