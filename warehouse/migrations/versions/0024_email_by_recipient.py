"""Events of e-mails are built anew by their recipient: who got one, and whose address changed, is noted."""

import sqlalchemy as sa
from alembic import op

from warehouse.migrations import noting

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

RECIPIENT = "coalesce(nullif(trim(customer_id), ''), encode(email_index, 'hex'), event_id)"
CUSTOMER = "('customer', customer_id)"
ADDRESS = "('recipient', encode(email_index, 'hex'))"


def upgrade() -> None:
    """Go to this revision."""
    op.create_index("email_events_by_recipient", "email_events", ["business", sa.text(RECIPIENT)], schema="raw")
    noting.function("email_events", f"('recipient', {RECIPIENT})")
    noting.triggers("email_events")
    noting.function("customers", f"{CUSTOMER}, {ADDRESS}")


def downgrade() -> None:
    """Go back to the one before."""
    noting.function("customers", CUSTOMER)
    noting.drop("email_events")
    op.drop_index("email_events_by_recipient", "email_events", schema="raw")
