"""Codes on printed matter, by which an order that is redeemed with one leads back to campaign and customer."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "codes",
        sa.Column("business", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False, comment="as the seed campaigns writes it"),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("business", "code"),
        schema="activation",
        comment="Whose code on which campaign's printed matter is which.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("codes", schema="activation")
