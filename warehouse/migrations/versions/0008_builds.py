"""What a build has to build anew is noted by triggers: nothing that comes, changes or vanishes is overlooked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0013"
branch_labels = None
depends_on = None

DEVICE = "coalesce(nullif(trim(anonymous_id), ''), nullif(trim(user_id), ''), '')"
NOTE = """
create function builds.note_%(table)s() returns trigger language plpgsql as $$
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
NOTED = {
    "events": f"('device', {DEVICE})",
    "orders": "('order', order_id), ('customer', nullif(trim(customer_id), ''))",
    "customers": "('customer', customer_id)",
}


def keys() -> list[sa.Column]:
    """What a key is made of."""
    kind = sa.Column("kind", sa.Text(), nullable=False, comment="what the key names: device, customer, ...")
    return [kind, *(sa.Column(name, sa.Text(), nullable=False) for name in ("business", "key"))]


def upgrade() -> None:
    """Go to this revision."""
    op.execute(sa.schema.CreateSchema("builds", if_not_exists=True))
    op.create_table(
        "noted",
        *keys(),
        schema="builds",
        comment="Written in the transaction that changes raw, a row per statement and key; the next build takes them.",
    )
    op.create_table(
        "touched",
        *keys(),
        sa.Column("build", sa.Text(), nullable=False, comment="dbt's invocation that took the key last"),
        sa.PrimaryKeyConstraint("kind", "business", "key"),
        schema="builds",
        comment="What a build has to build anew; forgotten when all of a build went well.",
    )
    op.create_table(
        "rules",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("touched_in", sa.Text(), comment="dbt's invocation, if it built what was touched and no more"),
        sa.PrimaryKeyConstraint("model"),
        schema="builds",
        comment="By which models, seeds and vars a model was built: where they changed, all of it is built anew.",
    )
    op.create_index("events_by_device", "events", ["business", sa.text(DEVICE)], schema="raw")
    for table, keys_of_it in NOTED.items():
        op.execute(NOTE % {"table": table, "keys": keys_of_it})
        for trigger in TRIGGERS:
            op.execute(trigger.format(table))


def downgrade() -> None:
    """Go back to the one before."""
    for table in NOTED:
        op.execute(DROP % table)
    op.drop_index("events_by_device", "events", schema="raw")
    for table in ("rules", "touched", "noted"):
        op.drop_table(table, schema="builds")
    op.execute(sa.schema.DropSchema("builds"))
