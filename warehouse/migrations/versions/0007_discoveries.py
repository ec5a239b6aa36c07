"""Lists of what is new to each customer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DISCOVERIES = "The current list of products that are new to each customer; rank 1 is best."


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "discoveries",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("business", "customer_id", "rank"),
        schema="ml",
        comment=DISCOVERIES,
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("discoveries", schema="ml")
