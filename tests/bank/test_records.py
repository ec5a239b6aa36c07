"""A Czech bank of the nineties by mapping and seeds alone: every record of it, counted again from the files."""

import re
from decimal import Decimal

from tests.bank.berka import MARKS, SOURCES, of_file, rows
from warehouse import vault

pytestmark = MARKS
CUT = b'3526882;11021;940331;"PRIJE'


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
