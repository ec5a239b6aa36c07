"""Keys of the API, and what visitors looked at in the last minutes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

SIGNALS = "What visitors looked at in the last minutes, for the next answer; the events are in raw.events."


def upgrade() -> None:
    """Go to this revision."""
    op.execute("create schema if not exists access")
    op.execute("create schema if not exists live")
    op.create_table(
        "keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False, comment="SHA-256 of 32 random bytes"),
        sa.Column("name", sa.Text(), nullable=False, comment="whose it is"),
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
        schema="access",
        comment="Who may ask the API what, of which business.",
    )
    op.create_table(
        "signals",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("anonymous_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("business", "message_id"),
        schema="live",
        comment=SIGNALS,
    )
    op.create_index("ix_live_signals_received_at", "signals", ["received_at"], schema="live")
    op.create_index("signals_of_user", "signals", ["business", "user_id"], schema="live")
    op.create_index("signals_of_device", "signals", ["business", "anonymous_id"], schema="live")


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("signals", schema="live")
    op.drop_table("keys", schema="access")
    op.execute("drop schema live")
    op.execute("drop schema access")
