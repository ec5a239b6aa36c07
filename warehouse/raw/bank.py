"""What a bank knows besides its customers: accounts, what moves on them, who holds which product, and the places."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from warehouse.raw.record import AccountNumber, Count, Currency, Id, Record, Word

# An account may be older than any shop's data; a movement that old is a wrong clock.
ACCOUNTS_BEGAN = datetime(1900, 1, 1, tzinfo=UTC)


class Account(Record, kw_only=True):
    """A version of an account."""

    table = "accounts"
    key = ("account_id",)
    person = (("customer", "customer_id"),)
    sealed_extra = True
    versioned = True
    earliest = ACCOUNTS_BEGAN

    account_id: Id
    customer_id: Id | None = None
    kind: Word | None = None
    status: Word | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    balance: Decimal | None = None
    currency: Currency | None = None
    region_id: Id | None = None
    attributes: dict | None = None


class Transaction(Record, kw_only=True):
    """A movement on an account: the amount carries its sign, or `direction` says which way it went."""

    table = "transactions"
    key = ("transaction_id",)
    person = (("account", "account_id"),)
    sealed_extra = True
    control = "sum(amount)"

    transaction_id: Id
    account_id: Id
    occurred_at: datetime
    amount: Decimal
    direction: Word | None = None
    balance_after: Decimal | None = None
    currency: Currency | None = None
    kind: Word | None = None
    channel: Word | None = None
    category: Word | None = None
    counterparty: AccountNumber | None = None


class ProductHolding(Record, kw_only=True):
    """A version of what a customer or an account holds of a financial product of schema.org."""

    table = "product_holdings"
    key = ("kind", "holding_id")
    person = (("customer", "customer_id"), ("account", "account_id"))
    sealed_extra = True
    versioned = True
    earliest = ACCOUNTS_BEGAN

    kind: Word  # FinancialProduct or narrower: BankAccount, LoanOrCredit, CreditCard, PaymentService
    holding_id: Id
    product_id: Id | None = None
    account_id: Id | None = None
    customer_id: Id | None = None
    parent_id: Id | None = None  # the BankAccount holding that it hangs on, where it names no account and customer
    role: Word | None = None
    status: Word | None = None
    category: Word | None = None
    counterparty: AccountNumber | None = None
    amount: Decimal | None = None
    payment: Decimal | None = None
    currency: Currency | None = None
    duration_months: Annotated[int, Meta(ge=0, le=1200)] | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None


class Region(Record, kw_only=True):
    """A version of a place that accounts and customers belong to, with what its statistics say."""

    table = "regions"
    key = ("region_id",)
    versioned = True

    region_id: Id
    name: Word
    part_of: Word | None = None
    population: Count | None = None
    attributes: dict | None = None
