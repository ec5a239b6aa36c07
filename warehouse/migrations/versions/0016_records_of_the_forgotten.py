"""How many of a batch's quarantined records are of people who asked to be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0009b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.add_column(
        "batches",
        sa.Column(
            "forgotten",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="of the quarantined: of people who asked to be forgotten",
        ),
        schema="raw",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_column("batches", "forgotten", schema="raw")
