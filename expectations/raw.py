"""What must hold for what the collectors brought, before dbt reads it; a kind of source may be missing altogether."""

import great_expectations.expectations as gxe

from expectations.rules import between, no_rows, not_ahead, one_currency, one_of, rows, unique

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
LATEST_RUN = """
    select business, source, table_name, sum(received) as received, sum(quarantined) as quarantined
    from batch
    where (source, run_id) in (
        select distinct on (source) source, run_id from raw.batches order by source, batch_id desc
    )
    group by business, source, table_name
"""


def text(column: str) -> gxe.ExpectColumnValuesToMatchRegex:
    """Expect more than blanks."""
    return gxe.ExpectColumnValuesToMatchRegex(description=f"{column} is not blank", column=column, regex="[^[:space:]]")


SUITES = {
    "raw.batches": [
        rows(),
        gxe.ExpectColumnSumToBeBetween(description="some record ever loaded", column="loaded", min_value=1),
        no_rows(
            "at most 10% of what each source last delivered in quarantine",
            f"select source from ({LATEST_RUN}) as latest where quarantined > 0.1 * received",
        ),
    ],
    "raw.products": [
        unique("business", "product_id", "fingerprint"),
        text("name"),
        between("price", 0, 1e9),
        one_currency(),
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
        not_ahead("occurred_at"),
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
        between("unit_price", 0, 1e9, mostly=0.999),
        between("quantity", -1e6, 1e6),
        one_of("status", STATUSES),
        one_currency(),
        not_ahead("ordered_at"),
    ],
    "raw.email_events": [
        unique("business", "event_id"),
        one_of("event", EMAIL_EVENTS, mostly=0.95),
        not_ahead("occurred_at"),
    ],
    "raw.posts": [
        unique("business", "post_id"),
        text("content"),
        not_ahead("posted_at"),
    ],
}
