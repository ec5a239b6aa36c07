"""A small bank through dbt: who gets which portrait, in whatever order the rows came."""

import json

import pytest

from tests.dbt import bank
from tests.dbt.content import dbt
from tests.expectations.test_gates import failures, gate

MARTS = ("product_holdings", "deposits", "cash_flows", "credit_histories", "bank_portraits", "product_suitability")
BUILD = ("build", "--resource-type", "seed", "--resource-type", "model", "--exclude", "tag:campaign")
CHECKS = {
    "update marts.cash_flows set amount = amount + 0.01 where account_id = 'a1' and month_on = '2026-01-01'": (
        "cash_flows_add_up_to_the_movements"
    ),
    "update marts.deposits set balance = balance + 1 where account_id = 'a1'": (
        "deposits_are_all_accounts_with_a_balance_that_was_written"
    ),
    "delete from marts.product_holdings where kind = 'LoanOrCredit' and holding_id = 'l1'": (
        "product_holdings_are_those_of_customers_and_owners"
    ),
    "update marts.credit_histories set amount_lent = 1 where customer_id = 'c1'": "credit_histories_count_every_loan",
    "delete from marts.bank_portraits where customer_id = 'c1'": "bank_portraits_are_the_customers_of_banks",
    "update marts.product_suitability set is_suitable = true where customer_id = 'c2'": (
        "no_product_is_suitable_against_its_rule"
    ),
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def contents(connection):
    query = "select string_agg(t::text, e'\n' order by t::text) from marts.{} as t"
    return {table: connection.execute(query.format(table)).fetchone()[0] for table in (*MARTS, "interactions")}


@pytest.fixture(scope="module")
def built(module_warehouse, tmp_path_factory):
    """The warehouse after two builds: of rows in order, and of the same rows shuffled."""
    folder = tmp_path_factory.mktemp("dbt")
    module_warehouse.contents = []
    for seed in (None, 4):
        for table in ("customers", "accounts", "product_holdings", "transactions", "regions"):
            module_warehouse.execute(f"truncate raw.{table}")
        bank.fill(module_warehouse, seed)
        done = dbt(folder, *BUILD)
        assert done.returncode == 0, done.stdout
        module_warehouse.contents.append(contents(module_warehouse))
    module_warehouse.folder = folder
    return module_warehouse


def rows(connection, query):
    return connection.execute(query).fetchall()


def test_the_order_of_arrival_changes_nothing(built):
    assert all(built.contents[0].values())
    assert built.contents[0] == built.contents[1]


def test_a_portrait_says_what_a_banker_asks_first(built):
    query = """
        select customer_id, age, region, balance::int, deposit_band, monthly_income::int, monthly_spending::int,
            credit_standing, card_count
        from marts.bank_portraits order by customer_id
    """
    assert rows(built, query) == [
        ("c1", 78, "Region 1", 3_000, "low", 9_000, 8_000, "good", 0),
        ("c2", 70, "Region 0", 6_000, "low", 18_000, 16_000, "defaulted", 0),
        ("c3", 62, "Region 1", 9_000, "low", 27_000, 24_000, "good", 0),
        ("c4", 54, "Region 0", 12_000, "low", 36_000, 32_000, "in arrears", 0),
        ("c5", 46, "Region 1", 15_000, "low", 45_000, 40_000, "no history", 2),
        ("c6", 38, "Region 0", 18_000, "low", 54_000, 48_000, "overdrawn", 0),
        ("c7", 30, "Region 1", 21_000, "medium", 63_000, 56_000, "no history", 0),
        ("c8", 22, "Region 0", 24_000, "medium", 72_000, 64_000, "no history", 0),
    ]


def test_loans_are_suitable_for_who_can_carry_one(built):
    query = "select customer_id, reason from marts.product_suitability where product_id = 'loan' order by customer_id"
    assert rows(built, query) == [
        ("c1", "too old"),
        ("c2", "credit standing"),
        ("c3", "already held"),
        ("c4", "already held"),
        ("c5", None),
        ("c6", None),
        ("c7", None),
        ("c8", None),
    ]


def test_the_gate_sees_ages_of_nobody_and_portraits_that_are_gone(built):
    assert not [table for table, _ in failures(gate("marts")) if table == "marts.bank_portraits"]
    release = "insert into serving.releases values (1, 'f', true, %s)"
    built.execute(release, [json.dumps({"bank_portraits": 17})])
    built.execute("update marts.bank_portraits set age = -5 where customer_id = 'c8'")
    assert {words for table, words in failures(gate("marts")) if table == "marts.bank_portraits"} == {
        "age between 0 and 120 in 99% of the rows",
        "at least half as many rows as in the published release",
    }
    built.execute("update marts.bank_portraits set age = 22 where customer_id = 'c8'")


def test_each_recount_sees_the_mart_that_was_damaged(built):
    """Last of this module: it damages the marts."""
    for damage in CHECKS:
        built.execute(damage)
    tested = dbt(built.folder, "test", "--select", *CHECKS.values())
    failed = {words.split(" FAIL ")[1].split()[1] for words in tested.stdout.splitlines() if " FAIL " in words}
    assert failed == set(CHECKS.values()), tested.stdout
