"""Events of e-mails are built anew by their recipient: who got one, and whose address changed, is noted."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

RECIPIENT = "coalesce(nullif(trim(customer_id), ''), encode(email_index, 'hex'), event_id)"
NOTE = """
create or replace function builds.note_%(table)s() returns trigger language plpgsql as $$
begin
    if tg_op = 'TRUNCATE' then
        insert into builds.noted (kind, business, key)
        select distinct named.kind, business, named.key
        from raw.%(table)s cross join lateral (values %(keys)s) as named (kind, key) where named.key is not null;
    else
        insert into builds.noted (kind, business, key)
        select distinct named.kind, business, named.key
        from changed cross join lateral (values %(keys)s) as named (kind, key) where named.key is not null;
    end if;
    return null;
end
$$
"""
NOTES = "for each statement execute function builds.note_email_events()"
TRIGGERS = (
    "create trigger note_insert after insert on raw.email_events referencing new table as changed",
    "create trigger note_delete after delete on raw.email_events referencing old table as changed",
    "create trigger note_update_before after update on raw.email_events referencing old table as changed",
    "create trigger note_update_after after update on raw.email_events referencing new table as changed",
    "create trigger note_truncate before truncate on raw.email_events",
)
CUSTOMER = "('customer', customer_id)"
ADDRESS = "('recipient', encode(email_index, 'hex'))"


def upgrade() -> None:
    """Go to this revision."""
    op.create_index("email_events_by_recipient", "email_events", ["business", sa.text(RECIPIENT)], schema="raw")
    op.execute(NOTE % {"table": "email_events", "keys": f"('recipient', {RECIPIENT})"})
    for trigger in TRIGGERS:
        op.execute(f"{trigger} {NOTES}")
    op.execute(NOTE % {"table": "customers", "keys": f"{CUSTOMER}, {ADDRESS}"})


def downgrade() -> None:
    """Go back to the one before."""
    op.execute(NOTE % {"table": "customers", "keys": CUSTOMER})
    op.execute("drop function builds.note_email_events cascade")
    op.drop_index("email_events_by_recipient", "email_events", schema="raw")
