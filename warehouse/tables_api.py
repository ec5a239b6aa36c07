"""The tables of the API: its keys, and what visitors looked at in the last minutes."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from warehouse.tables import METADATA, TIME

KEYS = sa.Table(
    "keys",
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of 32 random bytes"),
    sa.Column("name", sa.Text, nullable=False, comment="whose it is"),
    sa.Column("business", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("requests_per_minute", sa.Integer, nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("revoked_at", TIME),
    schema="access",
    comment="Who may ask the API what, of which business.",
)
SIGNALS = sa.Table(
    "signals",
    METADATA,
    sa.Column("business", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text),
    sa.Column("anonymous_id", sa.Text),
    sa.Column("product_id", sa.Text, nullable=False),
    sa.Column("received_at", TIME, nullable=False, server_default=sa.func.now(), index=True),
    sa.Index("signals_of_user", "business", "user_id"),
    sa.Index("signals_of_device", "business", "anonymous_id"),
    schema="live",
    comment="What visitors looked at in the last minutes, for the next answer; the events are in raw.events.",
)
