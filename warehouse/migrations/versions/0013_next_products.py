"""What each customer of a bank opens next, and how well it was foretold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0011c"
branch_labels = None
depends_on = None

NEXT_PRODUCTS = (
    "What each customer of a bank may open next: suitable products by probability; rank 1 is the most probable."
)
MEASURES = "How well each model foretold what customers opened within the last horizon; product * is all of them."
CALIBRATIONS = "What was foretold beside what came, by bins of equally many customers, the least probable first."


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "next_products",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False, comment="that it is opened within a year"),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("business", "customer_id", "rank"),
        schema="ml",
        comment=NEXT_PRODUCTS,
    )
    op.create_table(
        "next_product_measures",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("behind", sa.Double(), nullable=True, comment="by how much it is worse than the published model"),
        sa.Column(
            "behind_low",
            sa.Double(),
            nullable=True,
            comment="lower end of its 95 % interval, paired bootstrap over customers",
        ),
        sa.Column("behind_high", sa.Double(), nullable=True, comment="upper end of it"),
        sa.Column("customers", sa.BigInteger(), nullable=False, comment="who could open it"),
        sa.Column("openings", sa.BigInteger(), nullable=False, comment="how many did"),
        sa.Column("cut_on", sa.Date(), nullable=False, comment="the last day that was known"),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("business", "product_id", "model", "metric"),
        schema="ml",
        comment=MEASURES,
    )
    op.create_table(
        "next_product_calibrations",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("bin", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("foretold", sa.Double(), nullable=False, comment="mean probability"),
        sa.Column("opened", sa.Double(), nullable=False, comment="share that opened"),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business", "product_id", "model", "bin"),
        schema="ml",
        comment=CALIBRATIONS,
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("next_product_calibrations", schema="ml")
    op.drop_table("next_product_measures", schema="ml")
    op.drop_table("next_products", schema="ml")
