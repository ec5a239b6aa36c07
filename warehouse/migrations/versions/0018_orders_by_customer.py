"""A customer's order lines are found without a look at all: a day builds anew those of its customers."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    customer = sa.text("nullif(trim(customer_id), '')")
    op.create_index("orders_by_customer", "orders", ["business", customer], schema="raw")


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_index("orders_by_customer", "orders", schema="raw")
