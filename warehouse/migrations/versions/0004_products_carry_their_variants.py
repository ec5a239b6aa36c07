"""Products carry their variants and the page that shows them: each page has its own versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
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
AFTER = """A version of a product, or of one variant of it, as a page of the shop shows it (schema.org Product, Offer).

    A shop may show one product on several pages, at several prices: each page has its own versions.
    """
KEY = ["business", "product_id", "first_seen_at", "fingerprint"]
SANE = "price_valid_until between '1990-01-01Z' and '2200-01-01Z'"


def upgrade() -> None:
    """Go to this revision."""
    for name, kind in COLUMNS.items():
        op.add_column("products", sa.Column(name, kind, nullable=True), schema="raw")
    op.create_check_constraint("products_price_valid_until_is_sane", "products", SANE, schema="raw")
    op.add_column("products", sa.Column("page_id", sa.Text()), schema="raw")
    op.execute("update raw.products set page_id = md5(coalesce(url, ''))")
    op.alter_column("products", "page_id", nullable=False, schema="raw")
    op.drop_constraint("products_pkey", "products", schema="raw")
    op.create_primary_key("products_pkey", "products", [*KEY[:2], "page_id", *KEY[2:]], schema="raw")
    op.add_column(
        "pages", sa.Column("page_ids", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False), schema="crawl"
    )
    op.create_table_comment("products", AFTER, existing_comment=BEFORE, schema="raw")


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_constraint("products_pkey", "products", schema="raw")
    op.create_primary_key("products_pkey", "products", KEY, schema="raw")
    op.drop_column("products", "page_id", schema="raw")
    op.drop_column("pages", "page_ids", schema="crawl")
    op.create_table_comment("products", BEFORE, existing_comment=AFTER, schema="raw")
    for name in COLUMNS:
        op.drop_column("products", name, schema="raw")
