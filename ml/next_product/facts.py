"""What a bank knows of its customers and when it came to know it, as arrays; only what carries a date is read.

The state of a loan, a standing order without a first day and whatever else has no date may be a consequence of what is
to be foretold, so it is no fact here.
"""

from dataclasses import dataclass

import numpy as np
import psycopg

LASTING = np.iinfo(np.int32).max
HOLDING = np.dtype(
    [("customer", "i4"), ("product", "i4"), ("kind", "i4"), ("is_own", "?"), ("opened", "i4"), ("ended", "i4")]
)
FLOW = np.dtype([("customer", "i4"), ("month", "i4"), ("income", "f8"), ("spending", "f8")])
CLOCK = """
    select (max(last_seen_at) at time zone 'UTC')::date - date '2000-01-01' from marts.customers where business = %s
"""
CUSTOMERS = """
    select customer_id, birth_year, coalesce(may_personalise, true)
    from marts.customers
    where
        business = %(business)s
        and exists (
            select from marts.product_holdings as held
            where held.business = customers.business and held.customer_id = customers.customer_id
        )
    order by customer_id collate "C"
"""
RULES = """
    select product_id, max_held
    from seeds.suitability_rules
    inner join marts.products using (business, product_id)
    where business = %s
    order by product_id collate "C"
"""
HOLDINGS = """
    select
        customer_id, product_id, kind, coalesce(role, 'owner') = 'owner',
        (opened_at at time zone 'UTC')::date - date '2000-01-01' as opened,
        (least(closed_at, opened_at + make_interval(months => duration_months::int)) at time zone 'UTC')::date
        - date '2000-01-01'
    from marts.product_holdings
    where business = %s and opened_at is not null and product_id is not null
    order by opened, customer_id collate "C", kind collate "C", holding_id collate "C"
"""
FLOWS = """
    with owners as (
        select distinct customer_id, account_id
        from marts.product_holdings
        where business = %(business)s and kind = 'BankAccount' and coalesce(role, 'owner') = 'owner'
    )
    select
        customer_id, month_on - date '2000-01-01',
        coalesce(sum(amount) filter (where direction = 'credit'), 0)::float8,
        -coalesce(sum(amount) filter (where direction = 'debit'), 0)::float8
    from marts.cash_flows
    inner join owners using (account_id)
    where business = %(business)s
    group by customer_id, month_on
    order by month_on, customer_id collate "C"
"""


@dataclass(frozen=True)
class Facts:
    """One bank; customers, products and kinds are told by their position, days are counted from 2000-01-01 UTC.

    Attributes:
        birth_year: of each customer, NaN where unknown.
        max_held: of each product, how many a customer may hold.
        holdings: array of HOLDING by the day of opening.
        flows: array of FLOW by month: what came to and left the accounts that the customer owns.
        now: the last day of which the bank knows.
    """

    customer_ids: list[str]
    birth_year: np.ndarray
    may_personalise: np.ndarray
    product_ids: list[str]
    max_held: np.ndarray
    kinds: list[str]
    holdings: np.ndarray
    flows: np.ndarray
    now: int

    def known_at(self, day: int) -> np.ndarray:
        """Return the holdings that had been opened by the end of a day."""
        return self.holdings[self.holdings["opened"] <= day]

    def opened_within(self, after: int, until: int) -> np.ndarray:
        """Return the holdings that were opened later than one day, and by the end of another."""
        return self.holdings[(self.holdings["opened"] > after) & (self.holdings["opened"] <= until)]


def read(connection: psycopg.Connection, business: str) -> Facts:
    """Read one bank as it is at one moment."""
    named = {"business": business}
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        now = connection.execute(CLOCK, [business]).fetchone()[0]
        customers = connection.execute(CUSTOMERS, named).fetchall()
        rules = connection.execute(RULES, [business]).fetchall()
        holdings = connection.execute(HOLDINGS, [business]).fetchall()
        flows = connection.execute(FLOWS, named).fetchall()
    customer = {row[0]: at for at, row in enumerate(customers)}
    product = {row[0]: at for at, row in enumerate(rules)}
    kinds = sorted({row[2] for row in holdings})
    kind = {name: at for at, name in enumerate(kinds)}
    rows = [
        (customer[who], product.get(what, -1), kind[which], own, day, LASTING if ended is None else ended)
        for who, what, which, own, day, ended in holdings
    ]
    opened = np.array(rows, dtype=HOLDING)
    return Facts(
        customer_ids=list(customer),
        birth_year=np.array([row[1] for row in customers], dtype=np.float64),
        may_personalise=np.array([row[2] for row in customers], dtype=bool),
        product_ids=list(product),
        max_held=np.array([LASTING if row[1] is None else row[1] for row in rules], dtype=np.int64),
        kinds=kinds,
        holdings=opened,
        flows=np.array([(customer[row[0]], *row[1:]) for row in flows], dtype=FLOW),
        now=int(opened["opened"].max(initial=0)) if now is None else now,
    )
