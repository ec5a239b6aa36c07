"""What the transformation has to build anew: whose raw rows came, changed or vanished since, noted by triggers."""

import sqlalchemy as sa

from warehouse.tables import METADATA, RAW

# As staging names the sender of an event: the same expression, or the index is of no use there.
DEVICE = "COALESCE(NULLIF(TRIM(BOTH FROM anonymous_id), ''::text), NULLIF(TRIM(BOTH FROM user_id), ''::text), ''::text)"
RECIPIENT = "COALESCE(NULLIF(TRIM(BOTH FROM customer_id), ''::text), encode(email_index, 'hex'::text), event_id)"
CUSTOMER = "NULLIF(TRIM(BOTH FROM customer_id), ''::text)"


def _keys() -> list[sa.Column]:
    return [
        sa.Column("kind", sa.Text, nullable=False, comment="what the key names: device, customer, ..."),
        sa.Column("business", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
    ]


NOTED = sa.Table(
    "noted",
    METADATA,
    *_keys(),
    schema="builds",
    comment="Written in the transaction that changes raw, a row per statement and key; the next build takes them.",
)
TOUCHED = sa.Table(
    "touched",
    METADATA,
    *_keys(),
    sa.Column("build", sa.Text, nullable=False, comment="dbt's invocation that took the key last"),
    sa.PrimaryKeyConstraint("kind", "business", "key"),
    schema="builds",
    comment="What a build has to build anew; forgotten when all of a build went well.",
)
RULES = sa.Table(
    "rules",
    METADATA,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("touched_in", sa.Text, comment="dbt's invocation, if it built what was touched and no more"),
    schema="builds",
    comment="By which models, seeds and vars a model was built: where they changed, all of it is built anew.",
)
EVENTS_BY_DEVICE = sa.Index("events_by_device", RAW["events"].c.business, sa.text(DEVICE))
ORDERS_BY_CUSTOMER = sa.Index("orders_by_customer", RAW["orders"].c.business, sa.text(CUSTOMER))
EMAIL_EVENTS_BY_RECIPIENT = sa.Index("email_events_by_recipient", RAW["email_events"].c.business, sa.text(RECIPIENT))
