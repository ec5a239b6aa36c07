"""Triggers of raw tables that note in builds.noted the keys of what came, changed or vanished.

Migrations that ran rest on it: what it makes of the same table and keys does not change.
"""

from alembic import op

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
DROP = "drop function builds.note_%s cascade"
TRIGGERS = (
    "create trigger note_insert after insert on raw.{0} referencing new table as changed"
    " for each statement execute function builds.note_{0}()",
    "create trigger note_delete after delete on raw.{0} referencing old table as changed"
    " for each statement execute function builds.note_{0}()",
    "create trigger note_update_before after update on raw.{0} referencing old table as changed"
    " for each statement execute function builds.note_{0}()",
    "create trigger note_update_after after update on raw.{0} referencing new table as changed"
    " for each statement execute function builds.note_{0}()",
    "create trigger note_truncate before truncate on raw.{0} for each statement execute function builds.note_{0}()",
)


def function(table: str, keys: str) -> None:
    """Make the function of a table's triggers, or give it other keys: rows of SQL, each a kind and an expression."""
    op.execute(NOTE % {"table": table, "keys": keys})


def triggers(table: str) -> None:
    """Let every change of a table call its function."""
    for trigger in TRIGGERS:
        op.execute(trigger.format(table))


def drop(table: str) -> None:
    """Take a table's function away, and its triggers with it."""
    op.execute(DROP % table)
