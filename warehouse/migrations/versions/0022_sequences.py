"""What a model of sequences foretold, for the models that are compared and published."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "sequences",
        sa.Column("business", sa.Text(), autoincrement=False, nullable=False),
        sa.Column(
            "history_rows",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="it learned from so many interactions, from the first on",
        ),
        sa.Column("customer_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("product_ids", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "scores",
            sa.ARRAY(sa.REAL()),
            nullable=False,
            comment="of the products in their order; a greater one is better",
        ),
        sa.Column(
            "data_fingerprint",
            sa.Text(),
            nullable=False,
            comment="of the data that it learned from; with other data it counts for nothing",
        ),
        sa.PrimaryKeyConstraint("business", "history_rows", "customer_id"),
        schema="ml",
        comment="What a model of sequences foretold (ml/deep), from everything and at the cuts "
        "by which models are judged.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("sequences", schema="ml")
