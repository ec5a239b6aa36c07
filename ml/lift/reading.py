"""From the marts: who was drawn into which group of a campaign, and what each did before and after."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from ml.reading import must_exist

CONTACTS, ENROLMENTS = sql.Identifier("marts", "contacts"), sql.Identifier("marts", "enrolments")
# Who objects to analytics counts in no group: objecting is no effect of a campaign.
MEMBERS = sql.SQL("""
    create temporary table members on commit drop as
    select
        drawn.campaign_id, drawn.customer_id, drawn.arm, drawn.is_control, drawn.channel, drawn.hold_out_share,
        drawn.contacted_at, drawn.window_days,
        drawn.contacted_at - make_interval(days => drawn.window_days) as before_from,
        drawn.contacted_at + make_interval(days => drawn.window_days) as until
    from ({drawn}) as drawn
    where business = {business} and drawn.contacted_at < (
        -- Since then nothing is known of anybody: a campaign that began at the end has no effects yet.
        select max(last_seen_at) from marts.customers where customers.business = drawn.business
    ) and not exists (
        select from marts.consents
        where
            consents.business = drawn.business and consents.customer_id = drawn.customer_id
            and purpose = 'analytics' and valid_to is null and not is_granted
    )
""")
DRAWN = sql.SQL("""
    select business, campaign_id, customer_id, arm, is_control, channel, hold_out_share, contacted_at, window_days
    from {}
""")
# What was refunded counts for nothing, whenever that was.
OUTCOMES = """
    with net as (
        select
            min(customer_id) as customer_id,
            min(converted_at) as converted_at,
            sum(conversions) as conversions,
            sum(revenue) as revenue
        from marts.conversions
        where business = %(business)s
        group by of_conversion_id
    ),
    visits as (
        select customer_id, touched_at from marts.touches where business = %(business)s and kind = 'visit'
    ),
    bought as (
        select
            members.campaign_id,
            members.customer_id,
            coalesce(sum(conversions) filter (where converted_at >= contacted_at), 0) as orders,
            coalesce(sum(revenue) filter (where converted_at >= contacted_at), 0) as revenue,
            coalesce(sum(conversions) filter (where converted_at < contacted_at), 0) as orders_before,
            coalesce(sum(revenue) filter (where converted_at < contacted_at), 0) as revenue_before
        from members
        inner join net using (customer_id)
        where converted_at >= before_from and converted_at < until
        group by members.campaign_id, members.customer_id
    ),
    visited as (
        select members.campaign_id, members.customer_id, count(*) as visits_before
        from members
        inner join visits using (customer_id)
        where touched_at >= before_from and touched_at < contacted_at
        group by members.campaign_id, members.customer_id
    ),
    clock as (
        select max(last_seen_at) as now_at from marts.customers where business = %(business)s
    )
    select
        members.campaign_id,
        members.customer_id,
        members.arm,
        members.is_control,
        members.channel,
        members.hold_out_share,
        members.until <= clock.now_at as is_over,
        coalesce(bought.orders, 0)::float8 as orders,
        coalesce(bought.revenue, 0)::float8 as revenue,
        coalesce(bought.orders_before, 0)::float8 as orders_before,
        coalesce(bought.revenue_before, 0)::float8 as revenue_before,
        coalesce(visited.visits_before, 0)::float8 as visits_before
    from members
    cross join clock
    left join bought using (campaign_id, customer_id)
    left join visited using (campaign_id, customer_id)
    order by members.campaign_id, members.customer_id collate "C"
"""
SEGMENTS = """
    select members.campaign_id, members.customer_id, segment_id
    from members
    inner join marts.segment_memberships as memberships
        on
            memberships.business = %(business)s and memberships.customer_id = members.customer_id
            and memberships.entered_at <= members.contacted_at
            and (memberships.left_at is null or memberships.left_at > members.contacted_at)
"""
FUNNEL = """
    with reached as (
        select members.campaign_id, members.arm, members.channel, members.customer_id, touches.kind
        from members
        inner join marts.touches
            on
                touches.business = %(business)s
                and touches.customer_id = members.customer_id
                and touches.campaign_id = members.campaign_id
                and touches.touched_at >= members.contacted_at
                and touches.kind != 'contact'
    ),
    converted as (
        select members.campaign_id, members.arm, members.channel, members.customer_id,
            case when kind = 'refund' then kind else 'conversion' end as kind
        from members
        inner join marts.conversions
            on
                conversions.business = %(business)s
                and conversions.customer_id = members.customer_id
                and conversions.converted_at >= members.contacted_at
                and conversions.converted_at < members.until
    ),
    united as (
        select campaign_id, arm, channel, customer_id, 'member' as kind from members
        union all
        select * from reached
        union all
        select * from converted
    )
    select campaign_id, arm, kind, channel, count(distinct customer_id), count(*)
    from united
    group by campaign_id, arm, kind, channel
    order by campaign_id, arm, kind
"""
CREDITED = """
    select model, campaign_id, sum(conversions)::float8, sum(revenue)::float8
    from marts.attribution
    where business = %(business)s and campaign_id in (select campaign_id from members)
    group by model, campaign_id
    order by model, campaign_id
"""
NOW = """
    with clock as (
        select max(last_seen_at) as now_at from marts.customers where business = %(business)s
    ),
    span as (
        select clock.now_at, clock.now_at - make_interval(days => max(members.window_days)) as before_from
        from clock cross join members
        group by clock.now_at
    ),
    bought as (
        select customer_id, sum(conversions) as orders, sum(revenue) as revenue
        from marts.conversions cross join span
        where business = %(business)s and converted_at >= before_from and converted_at <= now_at
        group by customer_id
    ),
    visited as (
        select customer_id, count(*) as visits
        from marts.touches cross join span
        where business = %(business)s and kind = 'visit' and touched_at >= before_from and touched_at <= now_at
        group by customer_id
    )
    select
        customers.customer_id,
        coalesce(bought.orders, 0)::float8,
        coalesce(bought.revenue, 0)::float8,
        coalesce(visited.visits, 0)::float8
    from marts.customers
    left join bought using (customer_id)
    left join visited using (customer_id)
    where customers.business = %(business)s and not exists (
        select from marts.consents
        where
            consents.business = customers.business and consents.customer_id = customers.customer_id
            and purpose = 'analytics' and valid_to is null and not is_granted
    )
    order by customers.customer_id collate "C"
"""
COVARIATES = ("orders_before", "revenue_before", "visits_before")


class Campaign(NamedTuple):
    """A campaign's customers: arrays with a place for each, and what was planned of it."""

    campaign_id: str
    channel: str
    hold_out_share: float | None
    arm: np.ndarray
    is_control: np.ndarray
    is_over: np.ndarray
    values: dict[str, np.ndarray]
    segments: dict[str, np.ndarray]


def draw(connection: psycopg.Connection, business: str) -> None:
    """Note for this transaction who was drawn into which campaign: contacts of tools elsewhere, and own assignments."""
    must_exist(connection, "marts.contacts")
    tables = [CONTACTS]
    if connection.execute("select to_regclass('marts.enrolments')").fetchone()[0]:
        tables.append(ENROLMENTS)
    drawn = sql.SQL(" union all ").join(DRAWN.format(table) for table in tables)
    connection.execute(MEMBERS.format(drawn=drawn, business=sql.Literal(business)))
    connection.execute("analyze members")


def campaigns(connection: psycopg.Connection, business: str) -> list[Campaign]:
    """Return what `draw` noted, a campaign each, with what its customers did."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(OUTCOMES, {"business": business}).fetchall()
    memberships = {}
    if connection.execute("select to_regclass('marts.segment_memberships')").fetchone()[0]:
        for campaign, customer, segment in connection.execute(SEGMENTS, {"business": business}):
            memberships.setdefault(campaign, {}).setdefault(segment, set()).add(customer)
    found = {}
    for row in rows:
        found.setdefault(row.campaign_id, []).append(row)
    return [_campaign(name, _of_one_share(rows), memberships.get(name, {})) for name, rows in found.items()]


def has_both(campaign: Campaign) -> bool:
    """Say whether there is anything to compare: two customers in each group."""
    control = int(campaign.is_control.sum())
    return min(control, len(campaign.is_control) - control) > 1


def customers_now(connection: psycopg.Connection, business: str) -> tuple[list[str], np.ndarray]:
    """Return all customers who do not object, and their COVARIATES (customers, covariates) as of now."""
    rows = connection.execute(NOW, {"business": business}).fetchall()
    return [row[0] for row in rows], np.array([row[1:] for row in rows], dtype=float).reshape(-1, len(COVARIATES))


def funnel(connection: psycopg.Connection, business: str) -> list[tuple]:
    """Return (campaign, arm, step, channel, customers, times) of what customers did with each campaign."""
    return connection.execute(FUNNEL, {"business": business}).fetchall()


def credited(connection: psycopg.Connection, business: str) -> list[tuple]:
    """Return (model, campaign, conversions, revenue) that models of attribution give to the campaigns."""
    return connection.execute(CREDITED, {"business": business}).fetchall()


def _of_one_share(rows: list) -> list:
    """Return who was drawn with the share of most; pooled with others, when they came would pass for an effect."""
    (share, _), *_ = Counter(row.hold_out_share for row in rows).most_common(1)
    return [row for row in rows if row.hold_out_share == share]


def _campaign(name: str, rows: list, members: dict[str, set]) -> Campaign:
    def column(field: str, kind=float) -> np.ndarray:
        return np.array([getattr(row, field) for row in rows], dtype=kind)

    values = {field: column(field) for field in ("orders", "revenue", *COVARIATES)}
    values["conversion_rate"] = (values["orders"] > 0).astype(float)
    bought = values["orders_before"] > 0
    segments = {"all": np.ones(len(rows), bool), "bought before": bought, "did not buy before": ~bought}
    customers = column("customer_id", object)
    segments |= {
        segment: np.isin(customers, np.array(sorted(of_segment), dtype=object))
        for segment, of_segment in sorted(members.items())
    }
    share = rows[0].hold_out_share
    return Campaign(
        campaign_id=name,
        channel=rows[0].channel,
        hold_out_share=None if share is None else float(share),
        arm=column("arm", object),
        is_control=column("is_control", bool),
        is_over=column("is_over", bool),
        values=values,
        segments=segments,
    )
