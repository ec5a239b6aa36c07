"""Who reads the rows of which business."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    readers = op.create_table(
        "readers",
        sa.Column("reader", sa.Text(), nullable=False, comment="the role that connects, exactly"),
        sa.Column("business", sa.Text(), nullable=False, comment="whose rows it may read; * for all"),
        sa.PrimaryKeyConstraint("reader", "business"),
        schema="serving",
        comment="Who reads the rows of which business; who is not listed reads none.",
    )
    op.bulk_insert(readers, [{"reader": "api", "business": "*"}, {"reader": "bi_reader", "business": "*"}])


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("readers", schema="serving")
