"""Who waits to be forgotten, and when rows of people were taken away."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011b"
down_revision = "0014"
branch_labels = None
depends_on = None
TIME = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "erasure_requests",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("requested_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("business", "customer_id"),
        schema="raw",
        comment="Who waits to be forgotten; gone when all of it is done.",
    )
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False, comment="keyed hash of who was forgotten"),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("erased_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "rows",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="rows that were taken away or made a guest's, by table",
        ),
        sa.PrimaryKeyConstraint("erasure_id"),
        schema="raw",
        comment="When rows of people were taken away: what was counted before is to be counted again.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("erasures", schema="raw")
    op.drop_table("erasure_requests", schema="raw")
