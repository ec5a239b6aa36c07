"""A Czech bank of the nineties by mapping and seeds alone: every record of it, counted again from the files."""

import csv
import gzip
import os
import re
import subprocess
import sys
from decimal import Decimal

import pytest

from tests.readme_stages import run_stages
from warehouse import vault
from warehouse.connection import PROJECT

DATA = PROJECT.parent / "shared" / "data" / "berka_pkdd99"
SOURCES = {
    "bank_customers": ("client.asc", 5_369),
    "bank_accounts": ("account.asc", 4_500),
    "bank_dispositions": ("disp.asc", 5_369),
    "bank_loans": ("loan.asc", 682),
    "bank_cards": ("card.asc", 892),
    "bank_standing_orders": ("order.asc", 6_471),
    "bank_regions": ("district.asc", 77),
    "bank_transactions": ("trans_head.asc.gz", 49_103),
    "bank_later_transactions": ("feup_trans_test.csv", 30_200),
}
CUT = b'3526882;11021;940331;"PRIJE'
pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not DATA.exists(), reason="the public data set berka_pkdd99 is not in ../shared/data"),
]


@pytest.fixture(scope="module")
def bank(module_warehouse, tmp_path_factory):
    """The warehouse after all sources were collected, one of them twice, and the whole chain ran."""
    for name in (*SOURCES, "bank_loans"):
        command = [sys.executable, "-m", "scrapers", name, "--sources", "scrapers/sources/bank.yml"]
        done = subprocess.run(
            command, cwd=PROJECT, env=os.environ | {"BERKA": str(DATA)}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    module_warehouse.printed = run_stages(tmp_path_factory.mktemp("dbt"))
    return module_warehouse


def rows(connection, query):
    return connection.execute(query).fetchall()


def of_file(name):
    """Yield the whole records of a file as dicts, read without the project."""
    opened = gzip.open if name.endswith(".gz") else open
    with opened(DATA / name, "rt", newline="") as file:
        for record in csv.DictReader(file, delimiter=";"):
            if None not in record.values():
                yield record


def test_every_record_is_loaded_or_quarantined_and_none_twice(bank):
    ledger = "select source, received, loaded, duplicate, quarantined from raw.batches"
    found = {}
    for source, *counts in rows(bank, ledger):
        found[source] = [a + b for a, b in zip(found.get(source, [0] * 4), counts, strict=True)]
    cut = {"bank_transactions": 1}
    assert found == {
        name: [received, received - cut.get(name, 0), 0, cut.get(name, 0)] for name, (_, received) in SOURCES.items()
    }
    tables = {}
    for table in ("customers", "accounts", "product_holdings", "regions", "transactions"):
        tables[table] = bank.execute(f"select count(*) from raw.{table}").fetchone()[0]
    assert tables == {
        "customers": 5_369,
        "accounts": 4_500,
        "product_holdings": 5_369 + 682 + 892 + 6_471,
        "regions": 77,
        "transactions": 49_102 + 30_200,
    }


def test_the_cut_line_is_quarantined_with_its_reason_and_its_bytes(bank):
    (quarantined,) = rows(bank, "select reason, detail, original, original_index from quarantine.records")
    assert quarantined[:2] == ("wrong_columns", "4 columns instead of 10")
    assert vault.decrypt(quarantined[2], "quarantine.bank.bank_transactions.transactions") == CUT
    assert quarantined[3] == vault.fingerprint(CUT)


def test_the_control_total_is_the_sum_of_the_files(bank):
    expected = {
        name: sum(Decimal(record["amount"]) for record in of_file(SOURCES[name][0]))
        for name in ("bank_transactions", "bank_later_transactions")
    }
    total = "select source, sum(control_total) from raw.batches where control_total is not null group by source"
    assert dict(rows(bank, total)) == expected


def test_the_signed_amounts_add_up_to_the_balances_that_the_bank_wrote(bank):
    """All movements of an account make a balance of its last whole day; interest is rounded to 0.1 in the files."""
    accounts, agreeing = bank.execute("""
        with movements as (
            select *, rank() over (partition by account_id order by occurred_at desc) as day_from_last
            from staging.stg_bank__transactions
            where occurred_at <> '1994-03-31'  -- the day in which the first file is cut
        ),
        accounts as (
            select
                account_id,
                sum(amount) as total,
                0.1 * count(*) as tolerance,
                array_agg(balance_after) filter (where day_from_last = 1) as balances
            from movements group by account_id
        )
        select count(*), count(*) filter (
            where exists (select from unnest(balances) as balance where abs(balance - total) <= tolerance)
        )
        from accounts
    """).fetchone()
    assert (accounts, agreeing) == (1_229 + 354, 1_229 + 354)


def test_people_have_the_year_and_sex_of_their_birth_number_which_itself_is_kept_nowhere(bank):
    expected = {}
    for record in of_file("client.asc"):
        year, month = int(record["birth_number"][:2]), int(record["birth_number"][2:4])
        person = (record["client_id"], 1900 + year, "female" if month > 50 else "male", record["district_id"])
        expected[record["client_id"]] = person
    query = "select customer_id, birth_year, gender, region_id from staging.stg_shop__customers where is_current"
    assert {row[0]: row for row in rows(bank, query)} == expected
    assert rows(bank, "select count(*) from raw.customers where extra is not null") == [(0,)]
    assert rows(bank, "select count(*) from marts.customers where business = 'bank'") == [(5_369,)]


def test_loans_keep_their_credit_history_and_cards_find_their_holder(bank):
    loans = "select status, count(*) from raw.product_holdings where kind = 'LoanOrCredit' group by status"
    assert dict(rows(bank, loans)) == {"A": 203, "B": 31, "C": 403, "D": 45}
    words = "select status, count(*) from staging.stg_bank__product_holdings where kind = 'LoanOrCredit' group by 1"
    assert dict(rows(bank, words)) == {"repaid": 203, "unpaid": 31, "running": 403, "in debt": 45}
    holders = {record["disp_id"]: (record["client_id"], record["account_id"]) for record in of_file("disp.asc")}
    expected = {record["card_id"]: holders[record["disp_id"]] for record in of_file("card.asc")}
    cards = """
        select holding_id, customer_id, account_id from staging.stg_bank__product_holdings where kind = 'CreditCard'
    """
    assert {row[0]: row[1:] for row in rows(bank, cards)} == expected


def test_a_question_mark_in_a_district_is_nothing(bank):
    lacking = """
        select region_id, name, attributes ? 'unemployment_percent_1995', attributes ? 'crimes_1995' from raw.regions
        where not attributes ?& array['unemployment_percent_1995', 'crimes_1995']
    """
    assert rows(bank, lacking) == [("69", "Jesenik", False, False)]
    assert rows(bank, "select count(*) from raw.regions where attributes::text like '%?%'") == [(0,)]


def test_codes_of_both_languages_have_one_word_and_none_is_unknown(bank):
    for model in ("accounts", "transactions", "product_holdings"):
        assert rows(bank, f"select count(*) from staging.stg_bank__{model} where has_unknown_code") == [(0,)], model
    words = "select kind, count(*) from staging.stg_bank__transactions where kind is not null group by kind"
    assert dict(rows(bank, words)) == {
        "cash deposit": 15_063,
        "cash withdrawal": 33_642,
        "card withdrawal": 66,
        "transfer in": 5_220,
        "transfer out": 10_718,
    }


def test_account_numbers_of_other_people_stand_nowhere_in_clear(bank):
    numbers = {record["account"] for record in of_file("trans_head.asc.gz")}
    numbers |= {record["account_to"] for record in of_file("order.asc")}
    numbers = {number for number in numbers if len(number) == 8}
    assert len(numbers) > 5_000
    for table in ("transactions", "product_holdings"):
        texts = rows(bank, f"select t::text from raw.{table} as t")
        assert not [text for (text,) in texts if numbers & set(re.findall(r"\b\d{8}\b", text))]
        sealed = f"select count(counterparty_encrypted), count(counterparty_index) from raw.{table}"
        (counts,) = rows(bank, sealed)
        assert counts[0] == counts[1] > 6_000


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
    lists = "select count(distinct customer_id), count(distinct product_id) from serving.recommendations"
    assert rows(bank, lists) == [(5_369, 6)]
    opened = "select count(*) from marts.interactions where event = 'Product Opened'"
    assert rows(bank, opened) == [(5_369 + 682 + 892,)]
    ndcg = dict(rows(bank, "select model, value from serving.measures where metric = 'ndcg'"))
    assert ndcg["lightfm"] > ndcg["popular"]
