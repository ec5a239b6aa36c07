"""From the marts into arrays, in one read-only transaction per business; the only SQL that reads for the models."""

from dataclasses import replace

import numpy as np
import psycopg

from ml import sequences
from ml.copying import copied
from ml.snapshot import ATTRIBUTES, INTERACTION, SALE, Snapshot, in_canonical_order, matrix_of_terms
from ml.text.dictionary import Term

MARTS = ("customers", "products", "orders", "order_lines", "consents", "training_interactions", "posts")
MARTS += ("repurchase_intervals", "product_holdings", "cash_flows", "product_suitability")
SEEDS = ("seeds.domain_terms", "seeds.recommendation_rules", "seeds.suitability_rules")
TRANSFORM = "run `dbt build --exclude tag:campaign` (the transform stage) first"
NEEDED = {
    **dict.fromkeys((*(f"marts.{name}" for name in MARTS), *SEEDS), TRANSFORM),
    "ml.runs": "run `python -m warehouse migrate` first",
}
BUSINESSES = """
    select business from marts.products union select business from marts.customers order by business
"""
CUSTOMERS = """
    select
        customer_id,
        coalesce(may_personalise, true),
        gender, birth_year, country, city, language
    from marts.customers
    where business = %s
    order by customer_id collate "C"
"""
PRODUCTS = """
    select
        product_id, name, brand, category,
        coalesce(is_recommendable, true) and coalesce(is_available, true),
        coalesce(order_line_count, 0)
    from marts.products
    where business = %s
    order by product_id collate "C"
"""
TERMS = """
    with product as (
        select product_id, row_number() over (order by product_id collate "C") - 1 as position
        from marts.products
        where business = %(business)s
    )
    select product.position, product_terms.term, product_terms.weight
    from ml.product_terms
    inner join product using (product_id)
    where product_terms.business = %(business)s
"""
POSITIONS = """
    with customer as (
        select customer_id, row_number() over (order by customer_id collate "C") - 1 as position
        from marts.customers
        where business = %(business)s
    ),
    product as (
        select product_id, row_number() over (order by product_id collate "C") - 1 as position
        from marts.products
        where business = %(business)s
    )"""
INTERACTIONS = (
    POSITIONS
    + """
    select
        customer.position::int4 as customer,
        product.position::int4 as product,
        interactions.occurred_at::timestamptz,
        coalesce(interactions.weight, 0)::float8 as weight,
        interactions.event = 'Order Completed' and coalesce(interactions.quantity, 1) > 0 as is_purchase
    from marts.training_interactions as interactions
    inner join customer using (customer_id)
    inner join product using (product_id)
    where interactions.business = %(business)s
"""
)
SALES = (
    POSITIONS
    + """,
    learned as (
        select interaction_id, customer_id
        from marts.training_interactions
        where business = %(business)s and event = 'Order Completed'
    )
    select
        coalesce(customer.position, -1)::int4 as customer,
        product.position::int4 as product,
        lines.ordered_at::timestamptz as occurred_at,
        lines.quantity::float8 as quantity,
        lines.unit_price::float8 as price
    from marts.order_lines as lines
    inner join product using (product_id)
    left join learned on learned.interaction_id = 'order:' || lines.order_id || ':' || lines.line_id
    left join customer on learned.customer_id = customer.customer_id
    where lines.business = %(business)s and (lines.customer_id is null or customer.customer_id is not null)
"""
)
# Marketers' segments are built after the lists, so before the first day's end there are none.
HAS_SEGMENTS = "select to_regclass('marts.segment_memberships') is not null"
SEGMENTS = (
    POSITIONS
    + """
    select segment_id, array_agg(customer.position order by customer.position)
    from marts.segment_memberships
    inner join customer using (customer_id)
    where business = %(business)s and left_at is null
    group by segment_id
    order by segment_id
"""
)
PURCHASES = """
    select customer_id, (ordered_at at time zone 'UTC')::date - date '2000-01-01' as day, sum(revenue)::float8
    from marts.orders
    inner join marts.consents using (business, customer_id)
    where
        business = %s and line_count > 0 and revenue > 0
        and purpose = 'analytics' and is_granted and valid_to is null
    group by customer_id, day
    order by customer_id collate "C", day
"""
LAST_DAY = """
    select (max(last_seen_at) at time zone 'UTC')::date - date '2000-01-01' from marts.customers where business = %s
"""
JOURNEYS = """
    with journeys as (
        select journey_id, array_agg(channel order by number) as channels
        from marts.journeys
        where business = %(business)s
        group by journey_id
    ),
    net as (
        select
            of_conversion_id as journey_id,
            coalesce(max(currency), '') as currency,
            sum(conversions) as conversions,
            sum(revenue) as revenue
        from marts.conversions
        where business = %(business)s
        group by of_conversion_id
    )
    select
        journeys.channels,
        coalesce(net.currency, '') as currency,
        count(*),
        coalesce(sum(net.conversions), 0),
        coalesce(sum(net.revenue), 0)
    from journeys
    full outer join net using (journey_id)
    group by journeys.channels, coalesce(net.currency, '')
    order by journeys.channels, currency
"""
PURCHASE = np.dtype([("customer", np.int64), ("day", np.int64), ("revenue", np.float64)])
TEXTS = """
    select product_id, name, brand, category, description
    from marts.products
    where business = %s
    order by product_id collate "C"
"""
DOMAIN_TERMS = """
    select term, kind, coalesce(title_count, 1)
    from seeds.domain_terms
    where business in (%s, '*')
"""
POSTS = """
    select post_id, content
    from marts.posts
    where business = %s
    order by posted_at, post_id collate "C"
"""


class NotReadyError(Exception):
    """Something that must be there is missing; the message says what, and the next command."""


def businesses(connection: psycopg.Connection, only: str | None = None) -> list[str]:
    """Return the businesses of the marts, or just `only` after seeing that it is one of them."""
    for table in NEEDED:
        must_exist(connection, table)
    known = [row[0] for row in connection.execute(BUSINESSES)]
    if not known:
        raise NotReadyError("the marts are empty: collect first (`python -m scrapers <source>`), then `dbt build`")
    if only and only not in known:
        raise NotReadyError(f"no business {only!r} in the marts; there are: {', '.join(known)}")
    return [only] if only else known


def must_exist(connection: psycopg.Connection, table: str) -> None:
    """Raise NotReadyError with the next command if a table is missing."""
    if connection.execute("select to_regclass(%s)", [table]).fetchone()[0] is None:
        raise NotReadyError(f"{table} is missing: {NEEDED.get(table, TRANSFORM)}")


def texts(connection: psycopg.Connection, business: str) -> list[tuple]:
    """Return (product_id, name, brand, category, description) of all products, in order of id."""
    return connection.execute(TEXTS, [business]).fetchall()


def purchases(connection: psycopg.Connection, business: str) -> tuple[list[str], np.ndarray, int | None]:
    """Return customers in order of id, an array of PURCHASE by customer and day, and the last day of the business.

    Only customers who may be analysed; days are counted from 2000-01-01, in UTC.
    """
    found = connection.execute(PURCHASES, [business]).fetchall()
    position = {customer: at for at, customer in enumerate(dict.fromkeys(row[0] for row in found))}
    rows = np.array([(position[row[0]], row[1], row[2]) for row in found], dtype=PURCHASE)
    return list(position), rows, connection.execute(LAST_DAY, [business]).fetchone()[0]


def journeys(connection: psycopg.Connection, business: str) -> tuple[list[tuple], list[tuple]]:
    """Return the paths of journeys, and what no touch led to.

    A path is (channels in order, currency, journeys, conversions, revenue), the rest (currency, conversions, revenue);
    refunds are taken off.
    """
    must_exist(connection, "marts.journeys")
    found = connection.execute(JOURNEYS, {"business": business}).fetchall()
    untouched = [(currency, *sums) for channels, currency, _, *sums in found if channels is None]
    return [row for row in found if row[0] is not None], untouched


def domain_terms(connection: psycopg.Connection, business: str) -> list[Term]:
    """Return the accepted terms of a business, and those of all."""
    return [Term(*row) for row in connection.execute(DOMAIN_TERMS, [business])]


def posts(connection: psycopg.Connection, business: str) -> list[tuple[str, str]]:
    """Return (post_id, content) of what people wrote, the earliest first."""
    return connection.execute(POSTS, [business]).fetchall()


def snapshot(connection: psycopg.Connection, business: str) -> Snapshot:
    """Read one business as it is at one moment, whatever is written meanwhile."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        customers = connection.execute(CUSTOMERS, [business]).fetchall()
        products = connection.execute(PRODUCTS, [business]).fetchall()
        terms = connection.execute(TERMS, {"business": business}).fetchall()
        interactions = copied(connection, INTERACTIONS, {"business": business}, INTERACTION)
        sales = copied(connection, SALES, {"business": business}, SALE)
        has_segments = connection.execute(HAS_SEGMENTS).fetchone()[0]
        segments = connection.execute(SEGMENTS, {"business": business}).fetchall() if has_segments else []
    customer_ids, may_personalise, *attributes = _columns(customers, 2 + len(ATTRIBUTES))
    product_ids, names, brands, categories, is_offered, order_line_counts = _columns(products, 6)
    vocabulary, matrix = matrix_of_terms(len(product_ids), terms)
    found = Snapshot(
        business=business,
        customer_ids=customer_ids,
        attributes=dict(zip(ATTRIBUTES, attributes, strict=True)),
        may_personalise=np.array(may_personalise, dtype=bool),
        product_ids=product_ids,
        names=names,
        brands=brands,
        categories=categories,
        is_offered=np.array(is_offered, dtype=bool),
        order_line_counts=np.array(order_line_counts, dtype=np.int64),
        vocabulary=vocabulary,
        terms=matrix,
        interactions=in_canonical_order(interactions),
        sales=in_canonical_order(sales),
        segments={segment: np.array(members) for segment, members in segments},
    )
    return replace(found, sequences=sequences.read(connection, found))


def _columns(rows: list[tuple], count: int) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]
