"""The suites of what a bank and marketing tools deliver, green on good rows and red on each defect."""

import pytest

from tests.dbt.content import batch, insert
from tests.expectations.test_gates import failures, gate

DAY = "2026-03-20T00:00Z"
LATE = "2031-01-01T00:00Z"


def account(connection, account_id, **values):
    row = {"currency": "CZK", "opened_at": DAY}
    insert(connection, "raw.accounts", account_id=account_id, **row | values)


def movement(connection, transaction_id, **values):
    row = {"account_id": "a1", "occurred_at": DAY, "amount": 10, "direction": "credit", "currency": "CZK"}
    insert(connection, "raw.transactions", transaction_id=transaction_id, **row | values)


def holding(connection, holding_id, **values):
    row = {"kind": "LoanOrCredit", "account_id": "a1", "currency": "CZK", "opened_at": DAY}
    insert(connection, "raw.product_holdings", holding_id=holding_id, **row | values)


def spend(connection, campaign_id, **values):
    row = {"spend_on": "2026-03-20", "channel": "search", "ad_group": "", "ad_id": "", "cost": 10, "currency": "CZK"}
    row |= {"impressions": 100, "clicks": 3}
    insert(connection, "raw.ad_spend", campaign_id=campaign_id, **row | values)


def contact(connection, customer_id, **values):
    row = {"campaign_id": "spring", "contacted_at": DAY, "is_control": False}
    insert(connection, "raw.campaign_contacts", customer_id=customer_id, **row | values)


@pytest.fixture(scope="module")
def good(module_warehouse):
    """Two good rows of each kind."""
    for make in (account, movement, holding, spend, contact):
        make(module_warehouse, "one")
        make(module_warehouse, "two")
    movement(module_warehouse, "signed", amount=-10, direction=None, source="a_source_of_signed_amounts")
    for name in ("north", "south"):
        insert(module_warehouse, "raw.regions", region_id=name, name=name)
    batch(module_warehouse)
    return module_warehouse


def test_good_rows_of_a_bank_and_of_marketing_pass(good):
    run = gate("raw")
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_defect_of_a_bank_and_of_marketing_is_seen(good):
    account(good, "early", opened_at="2026-03-20T00:00Z", closed_at="2026-03-19T00:00Z")
    account(good, "ahead", opened_at=LATE, currency="EUR")
    movement(good, "no_direction", direction=None)
    movement(good, "ahead", occurred_at=LATE, currency="EUR")
    holding(good, "of_nobody", account_id=None)
    holding(good, "odd", kind="Umbrella", opened_at=LATE, currency="EUR")
    insert(good, "raw.regions", region_id="blank", name=" ")
    spend(good, "ahead", spend_on="2031-01-01", currency="EUR")
    spend(good, "odd", clicks=101, cost=-1)
    contact(good, "one", contacted_at="2026-03-21T00:00Z", is_control=True)
    contact(good, "ahead", contacted_at=LATE)
    for table in ("accounts", "transactions", "product_holdings", "regions", "ad_spend", "campaign_contacts"):
        good.execute(f"alter table raw.{table} drop constraint {table}_pkey")
        good.execute(f"insert into raw.{table} select * from raw.{table}")

    run = gate("raw")
    assert run.returncode == 1
    ahead = "at most a day after its arrival in all but 1% of each source's rows, as far as they can tell"
    kinds = "FinancialProduct, BankAccount, DepositAccount, CurrencyConversionService, InvestmentOrDeposit, "
    kinds += "BrokerageAccount, InvestmentFund, LoanOrCredit, MortgageLoan, PaymentCard, CreditCard, PaymentService"
    assert failures(run) == {
        ("raw.accounts", "no account closed before it was opened"),
        ("raw.accounts", "no two rows with the same business, account_id, fingerprint"),
        ("raw.accounts", "one currency in each business"),
        ("raw.accounts", f"opened_at {ahead}"),
        ("raw.ad_spend", "cost between 0 and 1e+09 in 99% of the rows"),
        ("raw.ad_spend", "no more clicks than impressions in 99% of each source's rows"),
        (
            "raw.ad_spend",
            "no two rows with the same business, spend_on, channel, campaign_id, ad_group, ad_id, fingerprint",
        ),
        ("raw.ad_spend", "one currency in each business"),
        ("raw.ad_spend", f"spend_on {ahead}"),
        ("raw.campaign_contacts", "at most 1% of a campaign's customers both contacted and held out"),
        ("raw.campaign_contacts", "no two rows with the same business, campaign_id, customer_id, contacted_at"),
        ("raw.campaign_contacts", f"contacted_at {ahead}"),
        ("raw.product_holdings", "an account, a customer or a parent for 99% of each source's holdings"),
        ("raw.product_holdings", "no two rows with the same business, kind, holding_id, fingerprint"),
        ("raw.product_holdings", "one currency in each business"),
        ("raw.product_holdings", f"kind is one of {kinds}"),
        ("raw.product_holdings", f"opened_at {ahead}"),
        ("raw.regions", "name is not blank"),
        ("raw.regions", "no two rows with the same business, region_id, fingerprint"),
        ("raw.transactions", "a direction in 99% of the rows of each source that sends directions"),
        ("raw.transactions", "no two rows with the same business, transaction_id"),
        ("raw.transactions", "one currency in each business"),
        ("raw.transactions", f"occurred_at {ahead}"),
    }
