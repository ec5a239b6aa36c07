"""The log of what was handed over says of which audience it was made, and by which of its versions."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = {
    "audience_id": "the audience that the list was made of",
    "audience_version": "its version then, by which activation.audiences has its rules",
}


def upgrade() -> None:
    """Go to this revision; of what was handed over before, nobody knows."""
    for name, comment in COLUMNS.items():
        op.add_column("syncs", sa.Column(name, sa.Text(), comment=comment), schema="activation")


def downgrade() -> None:
    """Go back to the one before."""
    for name in COLUMNS:
        op.drop_column("syncs", name, schema="activation")
