"""What a build has to build anew is noted by triggers: nothing that comes, changes or vanishes is overlooked."""

import sqlalchemy as sa
from alembic import op

from warehouse.migrations import noting

revision = "0008"
down_revision = "0013"
branch_labels = None
depends_on = None

DEVICE = "coalesce(nullif(trim(anonymous_id), ''), nullif(trim(user_id), ''), '')"
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
        noting.function(table, keys_of_it)
        noting.triggers(table)


def downgrade() -> None:
    """Go back to the one before."""
    for table in NOTED:
        noting.drop(table)
    op.drop_index("events_by_device", "events", schema="raw")
    for table in ("rules", "touched", "noted"):
        op.drop_table(table, schema="builds")
    op.execute(sa.schema.DropSchema("builds"))
