"""The tables of activation: audiences as their files say, and what was handed to which channel when."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.tables import METADATA, TIME


def _key(name: str, kind=sa.Text) -> sa.Column:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _value(name: str, kind=sa.Text, **kwargs) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **kwargs)


AUDIENCES = sa.Table(
    "audiences",
    METADATA,
    _key("audience_id"),
    _key("version"),
    _value("business", comment="the business, or * for any"),
    _value("name"),
    _value("description"),
    _value("definition", JSONB),
    _value("is_current", sa.Boolean, comment="whether its file says so now"),
    _value("first_seen_at", TIME, server_default=sa.func.now()),
    schema="activation",
    comment="Every version of each audience, by the hash of what its file said.",
)
AUDIENCE_RULES = sa.Table(
    "audience_rules",
    METADATA,
    _key("audience_id"),
    _key("alternative", sa.Integer),
    _key("place", sa.Integer),
    _value("business", comment="the business, or * for any"),
    _value("attribute"),
    sa.Column("of_value", sa.Text, comment="the segment, event, product, term or the like that the attribute is of"),
    _value("operator"),
    _value("value"),
    schema="activation",
    comment="The rules of the current versions; alternative 0 says who is left out.",
)
SYNCS = sa.Table(
    "syncs",
    METADATA,
    sa.Column("sync_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _value("synced_at", TIME, server_default=sa.func.now()),
    _value("file"),
    _value("rows", sa.BigInteger),
    _value("added", sa.BigInteger),
    _value("removed", sa.BigInteger),
    _value("changed", sa.BigInteger),
    sa.Column("sha256_before", sa.Text, comment="of the file before, null where there was none"),
    _value("sha256", comment="of the file"),
    sa.Column("audience_id", sa.Text, comment="the audience that the list was made of"),
    sa.Column("audience_version", sa.Text, comment="its version then, by which activation.audiences has its rules"),
    schema="activation",
    comment="Each change of an exported file; it holds counts and no person.",
)
CODES = sa.Table(
    "codes",
    METADATA,
    _key("business"),
    _key("code"),
    _value("campaign_id"),
    _value("customer_id"),
    _value("channel", comment="as the seed campaigns writes it"),
    _value("issued_at", TIME, server_default=sa.func.now()),
    schema="activation",
    comment="Whose code on which campaign's printed matter is which.",
)
