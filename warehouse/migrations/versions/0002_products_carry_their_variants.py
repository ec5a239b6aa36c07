"""Products carry their variants: group, numbers of the trade, condition, the price as stated and attributes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = {
    "group_id": sa.Text(),
    "gtin": sa.Text(),
    "mpn": sa.Text(),
    "price_stated": sa.Text(),
    "condition": sa.Text(),
    "price_valid_until": sa.TIMESTAMP(timezone=True),
    "attributes": postgresql.JSONB(astext_type=sa.Text()),
}
BEFORE = "A version of a product as the shop shows it (schema.org Product with its Offer)."
AFTER = "A version of a product, or of one variant of it, as the shop shows it (schema.org Product with its Offer)."
SANE = "price_valid_until between '1990-01-01Z' and '2200-01-01Z'"


def upgrade() -> None:
    """Go to this revision."""
    for name, kind in COLUMNS.items():
        op.add_column("products", sa.Column(name, kind, nullable=True), schema="raw")
    op.create_check_constraint("products_price_valid_until_is_sane", "products", SANE, schema="raw")
    op.create_table_comment("products", AFTER, existing_comment=BEFORE, schema="raw")


def downgrade() -> None:
    """Go back to the one before."""
    op.create_table_comment("products", BEFORE, existing_comment=AFTER, schema="raw")
    for name in COLUMNS:
        op.drop_column("products", name, schema="raw")
