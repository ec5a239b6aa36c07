"""Scores of uplift."""

import sqlalchemy as sa
from alembic import op

revision = "0009b"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "uplift_models",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("qini", sa.Double(), nullable=False),
        sa.Column("qini_low", sa.Double(), nullable=False, comment="of the 95 % bootstrap interval"),
        sa.Column("qini_high", sa.Double(), nullable=False),
        sa.Column("area", sa.Double(), nullable=False, comment="under the uplift curve"),
        sa.Column("response_qini", sa.Double(), nullable=False),
        sa.Column("response_area", sa.Double(), nullable=False),
        sa.Column("advantage", sa.Double(), nullable=False, comment="of uplift's Qini over response's"),
        sa.Column("advantage_low", sa.Double(), nullable=False),
        sa.Column("advantage_high", sa.Double(), nullable=False),
        sa.Column(
            "is_used",
            sa.Boolean(),
            nullable=False,
            comment="whether the advantage is beyond chance; else there are no scores",
        ),
        sa.PrimaryKeyConstraint("business"),
        schema="ml",
        comment="How well uplift puts the persuadable first, beside response; one row of each business.",
    )
    op.create_table(
        "uplift_scores",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("uplift", sa.Double(), nullable=False),
        sa.Column("response", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("business", "customer_id"),
        schema="ml",
        comment="By how much treating raises each customer's probability to buy, and that probability.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("uplift_scores", schema="ml")
    op.drop_table("uplift_models", schema="ml")
