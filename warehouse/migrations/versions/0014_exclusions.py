"""What rules keep out of the lists."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "exclusions",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("rule_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False, comment="that it would have had without any rule"),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("business", "list", "customer_id", "product_id", "rule_id"),
        schema="ml",
        comment="What rules kept out of the current lists although it ranked before their last place.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("exclusions", schema="ml")
