"""What must hold for what the collectors brought, before dbt reads it; a kind of source may be missing altogether."""

import great_expectations.expectations as gxe

from expectations.rules import (
    FLAGGED,
    between,
    few,
    no_rows,
    not_ahead,
    one_currency,
    one_of,
    proven,
    rows,
    unique,
)

TYPES = ["track", "page", "screen", "identify", "group", "alias"]
STATUSES = ["completed", "cancelled", "refunded"]
EMAIL_EVENTS = [
    "Email Delivered",
    "Email Opened",
    "Email Link Clicked",
    "Email Bounced",
    "Email Marked as Spam",
    "Unsubscribed",
    # What Segment has no name for, named in the same manner.
    "Resubscribed",
    "Email Sent",
    "Email Deferred",
    "Email Dropped",
    "Email Suppressed",
    "Email Auto-Replied",
    "Email Opened by Proxy",
    "Email Initially Opened",
    "Email Preferences Changed",
]
# schema.org's FinancialProduct and all that is narrower.
FINANCIAL_PRODUCTS = [
    *("FinancialProduct", "BankAccount", "DepositAccount", "CurrencyConversionService", "InvestmentOrDeposit"),
    *("BrokerageAccount", "InvestmentFund", "LoanOrCredit", "MortgageLoan", "PaymentCard", "CreditCard"),
    *("PaymentService",),
]
# What each source last delivered: its last run, and where that brought fewer than 20 records those before it as well,
# up to 100 records. Records of people who asked to be forgotten say nothing of a source: they are left out.
LAST_DELIVERY = """
    select source, sum(received) as received, sum(quarantined) as quarantined
    from (
        select *, first_value(received) over newest as last_received,
            sum(received) over (newest rows between unbounded preceding and current row) - received as received_since
        from (
            select source, run_id, sum(received - forgotten) as received,
                sum(quarantined - forgotten) as quarantined, max(batch_id) as last
            from batch where not is_replay group by source, run_id
            having sum(received - forgotten) > 0
        ) as runs
        window newest as (partition by source order by last desc)
    ) as ranked
    where received_since = 0 or (last_received < 20 and received_since < 100)
    group by source
"""
# What each page of a catalogue shows now: what it showed before says nothing of a shop that was mended.
SHOWN = """(
    select distinct on (business, product_id, page_id) * from batch
    order by business, product_id, page_id, last_seen_at desc
)"""
STRAY_CURRENCIES = f"""
    select business from (
        select business, sum(shown) as total, sum(shown) - max(shown) as stray
        from (
            select business, currency, count(*) as shown from {SHOWN} as pages
            where currency is not null group by business, currency
        ) as currencies
        group by business
    ) as counted
    where {proven("stray", "total")} > {FLAGGED}
"""
# Snowplow's derived time: what the device's own clock measured from happening to sending, before the arrival.
DERIVED = "coalesce(received_at - (sent_at - occurred_at), occurred_at)"

LOST_FIELDS = """
, latest as (
    select distinct on (source) * from batch where received >= 20 order by source, started_at desc
), usual as (
    select runs.source, field.key, avg(field.value::numeric) as share
    from batch as runs
    inner join latest on runs.source = latest.source and runs.started_at < latest.started_at
    cross join lateral jsonb_each(runs.coverage) as field
    where runs.received >= 20
    group by runs.source, field.key
)
select usual.source
from usual
inner join latest on usual.source = latest.source
where usual.share >= 0.95 and coalesce((latest.coverage ->> usual.key)::numeric, 0) < 0.5
"""


SUITES = {
    "raw.batches": [
        rows(),
        gxe.ExpectColumnSumToBeBetween(description="some record ever loaded", column="loaded", min_value=1),
        no_rows(
            "at most 10% of what each source delivers in quarantine, as far as its last delivery can tell",
            f"select source from ({LAST_DELIVERY}) as latest where {proven('quarantined', 'received')} > {FLAGGED}",
        ),
    ],
    "crawl.runs": [
        no_rows(
            "at most a fifth of each source's last requests in error",
            "select distinct on (source) source from batch where requests >= 10 and errors > 0.2 * requests"
            " and (source, started_at) in (select source, max(started_at) from batch group by source)",
        ),
        no_rows("in at least half of each source's last records the fields that nearly all had before", LOST_FIELDS),
    ],
    "raw.products": [
        unique("business", "product_id", "page_id", "first_seen_at", "fingerprint"),
        few("name is not blank", "name !~ '[^[:space:]]'", among=f"{SHOWN} as pages"),
        few("price between 0 and 1e+09", "price not between 0 and 1e9", among=f"{SHOWN} as pages"),
        no_rows("one currency in all but 10% of what each business shows, as far as it can tell", STRAY_CURRENCIES),
        not_ahead("last_seen_at"),
    ],
    "raw.customers": [
        unique("business", "customer_id", "fingerprint"),
        between("birth_year", 1900, 2100, mostly=0.95),
        not_ahead("registered_at"),
    ],
    "raw.events": [
        unique("business", "message_id"),
        one_of("type", TYPES, mostly=0.99),
        not_ahead("occurred_at", DERIVED, FLAGGED),
        no_rows(
            "a name in 99% of each source's track events",
            """
            select source from batch where type = 'track'
            group by source having count(*) filter (where event is null) > 0.01 * count(*)
            """,
        ),
        no_rows(
            "a device or a customer in 99% of each source's events",
            """
            select source from batch
            group by source having count(*) filter (where coalesce(anonymous_id, user_id) is null) > 0.01 * count(*)
            """,
        ),
    ],
    "raw.orders": [
        unique("business", "order_id", "line_id"),
        few("unit_price between 0 and 1e+09", "unit_price not between 0 and 1e9"),
        few("quantity between -1e+06 and 1e+06", "quantity not between -1e6 and 1e6"),
        few(f"status is one of {', '.join(STATUSES)}", f"status <> all (array{STATUSES})"),
        one_currency(),
        not_ahead("ordered_at", share=FLAGGED),
    ],
    "raw.email_events": [
        unique("business", "event_id"),
        one_of("event", EMAIL_EVENTS, mostly=0.95),
        not_ahead("occurred_at"),
    ],
    "raw.posts": [
        unique("business", "post_id"),
        few("content is not blank", "content !~ '[^[:space:]]'"),
        not_ahead("posted_at"),
    ],
    "raw.accounts": [
        unique("business", "account_id", "fingerprint"),
        one_currency(),
        not_ahead("opened_at"),
        no_rows("no account closed before it was opened", "select 1 from batch where closed_at < opened_at"),
    ],
    "raw.transactions": [
        unique("business", "transaction_id"),
        one_currency(),
        not_ahead("occurred_at"),
        no_rows(
            "a direction in 99% of the rows of each source that sends directions",
            """
            select source from batch
            group by source
            having count(direction) > 0 and count(*) filter (where direction is null) > 0.01 * count(*)
            """,
        ),
    ],
    "raw.product_holdings": [
        unique("business", "kind", "holding_id", "fingerprint"),
        one_of("kind", FINANCIAL_PRODUCTS),
        one_currency(),
        not_ahead("opened_at"),
        no_rows(
            "an account, a customer or a parent for 99% of each source's holdings",
            """
            select source from batch
            group by source
            having count(*) filter (where coalesce(account_id, customer_id, parent_id) is null) > 0.01 * count(*)
            """,
        ),
    ],
    "raw.regions": [
        unique("business", "region_id", "fingerprint"),
        no_rows("name is not blank", "select 1 from batch where name !~ '[^[:space:]]'"),
    ],
    "raw.ad_spend": [
        unique("business", "spend_on", "channel", "campaign_id", "ad_group", "ad_id", "fingerprint"),
        between("cost", 0, 1e9, mostly=0.99),
        one_currency(),
        not_ahead("spend_on"),
        no_rows(
            "no more clicks than impressions in 99% of each source's rows",
            """
            select source from batch
            group by source having count(*) filter (where clicks > impressions) > 0.01 * count(*)
            """,
        ),
    ],
    "raw.campaign_contacts": [
        unique("business", "campaign_id", "customer_id", "contacted_at"),
        not_ahead("contacted_at"),
        no_rows(
            "at most 1% of a campaign's customers both contacted and held out",
            """
            select business, campaign_id from (
                select business, campaign_id, customer_id, count(distinct is_control) as sides
                from batch group by business, campaign_id, customer_id
            ) as members
            group by business, campaign_id having count(*) filter (where sides > 1) > 0.01 * count(*)
            """,
        ),
    ],
}
