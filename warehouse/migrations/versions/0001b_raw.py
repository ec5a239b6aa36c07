"""The raw contract with its ledgers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001b"
down_revision = "0001"
branch_labels = None
depends_on = None
TABLES = ("batches", "cursors", "customers", "email_events", "events", "orders", "posts", "products")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column(
            "control_total",
            sa.Numeric(),
            nullable=True,
            comment="of what was received and is no quarantine, see the contract",
        ),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("received = loaded + duplicate + quarantined", name="batches_adds_up"),
        sa.PrimaryKeyConstraint("batch_id"),
        schema="raw",
        comment="The ledger: one row per batch, written in the transaction of its rows.",
    )
    op.create_index(op.f("ix_raw_batches_run_id"), "batches", ["run_id"], unique=False, schema="raw")
    op.create_table(
        "cursors",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cursor", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("moved_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source"),
        schema="raw",
        comment="How far each source was read; moves in the transaction of the rows.",
    )
    op.create_table(
        "customers",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("name_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("email_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("birth_year", sa.BigInteger(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("consents", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of the source that the mapping does not name",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="place in its batch, from 0"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="keyed hash of the content"),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "registered_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="customers_registered_at_is_sane"
        ),
        sa.CheckConstraint("updated_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="customers_updated_at_is_sane"),
        sa.PrimaryKeyConstraint("business", "customer_id", "fingerprint"),
        schema="raw",
        comment="A version of a registration.",
    )
    op.create_table(
        "email_events",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("email_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column(
            "extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of the source that the mapping does not name",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="place in its batch, from 0"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="keyed hash of the content"),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "occurred_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="email_events_occurred_at_is_sane"
        ),
        sa.PrimaryKeyConstraint("business", "event_id"),
        schema="raw",
        comment="What happened to an e-mail that was sent, in Segment's e-mail event names.",
    )
    op.create_table(
        "events",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("anonymous_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("sent_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("traits_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column(
            "extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of the source that the mapping does not name",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="place in its batch, from 0"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="keyed hash of the content"),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("occurred_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="events_occurred_at_is_sane"),
        sa.CheckConstraint("received_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="events_received_at_is_sane"),
        sa.CheckConstraint("sent_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="events_sent_at_is_sane"),
        sa.PrimaryKeyConstraint("business", "message_id"),
        schema="raw",
        comment="A message in Segment's envelope: track, page, screen, identify, group or alias.",
    )
    op.create_table(
        "orders",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("product_name", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("unit_price", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("ordered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column(
            "extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of the source that the mapping does not name",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="place in its batch, from 0"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="keyed hash of the content"),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ordered_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="orders_ordered_at_is_sane"),
        sa.CheckConstraint("quantity BETWEEN -1000000000000 AND 1000000000000", name="orders_quantity_is_sane"),
        sa.CheckConstraint("unit_price BETWEEN -1000000000000 AND 1000000000000", name="orders_unit_price_is_sane"),
        sa.PrimaryKeyConstraint("business", "order_id", "line_id"),
        schema="raw",
        comment="A line of an order; without a `line_id` of the source, lines with the same content are one.",
    )
    op.create_table(
        "posts",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("author_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("author_index", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("rating", sa.Numeric(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("posted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of the source that the mapping does not name",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="place in its batch, from 0"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="keyed hash of the content"),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("posted_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="posts_posted_at_is_sane"),
        sa.CheckConstraint("rating BETWEEN -1000000000000 AND 1000000000000", name="posts_rating_is_sane"),
        sa.PrimaryKeyConstraint("business", "post_id"),
        schema="raw",
        comment="A social post or review; its author is a pseudonym.",
    )
    op.create_table(
        "products",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("availability", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("last_seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of the source that the mapping does not name",
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="place in its batch, from 0"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False, comment="keyed hash of the content"),
        sa.Column("loaded_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "last_seen_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="products_last_seen_at_is_sane"
        ),
        sa.CheckConstraint("price BETWEEN -1000000000000 AND 1000000000000", name="products_price_is_sane"),
        sa.PrimaryKeyConstraint("business", "product_id", "fingerprint"),
        schema="raw",
        comment="A version of a product as the shop shows it (schema.org Product with its Offer).",
    )


def downgrade() -> None:
    """Go back to the one before."""
    for table in TABLES:
        op.drop_table(table, schema="raw")
