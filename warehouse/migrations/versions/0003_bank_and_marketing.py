"""bank and marketing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


TABLES = ("accounts", "transactions", "product_holdings", "regions", "ad_spend", "campaign_contacts")
ON_REMOVAL = """
create trigger note_removal after delete or truncate on raw.%(table)s
for each statement execute function raw.note_removal()
"""


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "accounts",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("balance", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("region_id", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
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
        sa.CheckConstraint("closed_at BETWEEN '1900-01-01Z' AND '2200-01-01Z'", name="accounts_closed_at_is_sane"),
        sa.CheckConstraint("opened_at BETWEEN '1900-01-01Z' AND '2200-01-01Z'", name="accounts_opened_at_is_sane"),
        sa.CheckConstraint("updated_at BETWEEN '1900-01-01Z' AND '2200-01-01Z'", name="accounts_updated_at_is_sane"),
        sa.CheckConstraint("balance BETWEEN -1000000000000 AND 1000000000000", name="accounts_balance_is_sane"),
        sa.PrimaryKeyConstraint("business", "account_id", "fingerprint"),
        schema="raw",
        comment="A version of an account.",
    )
    op.create_table(
        "ad_spend",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("spend_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("ad_group", sa.Text(), nullable=False),
        sa.Column("ad_id", sa.Text(), nullable=False),
        sa.Column("impressions", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.Column("cost", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=True),
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
        sa.CheckConstraint("spend_on BETWEEN '1990-01-01' AND '2200-01-01'", name="ad_spend_spend_on_is_sane"),
        sa.CheckConstraint("updated_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="ad_spend_updated_at_is_sane"),
        sa.CheckConstraint("cost BETWEEN -1000000000000 AND 1000000000000", name="ad_spend_cost_is_sane"),
        sa.PrimaryKeyConstraint("business", "spend_on", "channel", "campaign_id", "ad_group", "ad_id", "fingerprint"),
        schema="raw",
        comment="A version of what advertising did and cost on a day; a restated day is a new version.",
    )
    op.create_table(
        "campaign_contacts",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("contacted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_control", sa.Boolean(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
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
            "contacted_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="campaign_contacts_contacted_at_is_sane"
        ),
        sa.PrimaryKeyConstraint("business", "campaign_id", "customer_id", "contacted_at"),
        schema="raw",
        comment="A customer whom a campaign of another tool contacted, or held out as a control at that moment.",
    )
    op.create_table(
        "product_holdings",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holding_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("counterparty_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("counterparty_index", sa.LargeBinary(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("payment", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("duration_months", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=True),
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
            "closed_at BETWEEN '1900-01-01Z' AND '2200-01-01Z'", name="product_holdings_closed_at_is_sane"
        ),
        sa.CheckConstraint(
            "opened_at BETWEEN '1900-01-01Z' AND '2200-01-01Z'", name="product_holdings_opened_at_is_sane"
        ),
        sa.CheckConstraint(
            "updated_at BETWEEN '1900-01-01Z' AND '2200-01-01Z'", name="product_holdings_updated_at_is_sane"
        ),
        sa.CheckConstraint("amount BETWEEN -1000000000000 AND 1000000000000", name="product_holdings_amount_is_sane"),
        sa.CheckConstraint("payment BETWEEN -1000000000000 AND 1000000000000", name="product_holdings_payment_is_sane"),
        sa.PrimaryKeyConstraint("business", "kind", "holding_id", "fingerprint"),
        schema="raw",
        comment="A version of what a customer or an account holds of a financial product of schema.org.",
    )
    op.create_table(
        "regions",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("region_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("part_of", sa.Text(), nullable=True),
        sa.Column("population", sa.BigInteger(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
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
        sa.PrimaryKeyConstraint("business", "region_id", "fingerprint"),
        schema="raw",
        comment="A version of a place that accounts and customers belong to, with what its statistics say.",
    )
    op.create_table(
        "transactions",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("balance_after", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("counterparty_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("counterparty_index", sa.LargeBinary(), nullable=True),
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
            "occurred_at BETWEEN '1990-01-01Z' AND '2200-01-01Z'", name="transactions_occurred_at_is_sane"
        ),
        sa.CheckConstraint("amount BETWEEN -1000000000000 AND 1000000000000", name="transactions_amount_is_sane"),
        sa.CheckConstraint(
            "balance_after BETWEEN -1000000000000 AND 1000000000000", name="transactions_balance_after_is_sane"
        ),
        sa.PrimaryKeyConstraint("business", "transaction_id"),
        schema="raw",
        comment="A movement on an account: the amount carries its sign, or `direction` says which way it went.",
    )
    op.add_column("customers", sa.Column("region_id", sa.Text(), nullable=True), schema="raw")
    for table in TABLES:
        op.execute(sa.DDL(ON_REMOVAL, context={"table": table}))


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("customers", "region_id", schema="raw")
    op.drop_table("transactions", schema="raw")
    op.drop_table("regions", schema="raw")
    op.drop_table("product_holdings", schema="raw")
    op.drop_table("campaign_contacts", schema="raw")
    op.drop_table("ad_spend", schema="raw")
    op.drop_table("accounts", schema="raw")
