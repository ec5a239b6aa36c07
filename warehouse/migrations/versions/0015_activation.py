"""Audiences as their files say, how a rule compares, and what was handed to which channel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0018"
branch_labels = None
depends_on = None

# The operators of segment_rules; a rule of a number compares with one. Without a value only `not in` holds.
RULE_HOLDS = """
create function activation.rule_holds(operator text, kind text, text_value text, number_value numeric, value text)
returns boolean
language sql immutable parallel safe
return coalesce(
    case operator
        when 'in' then text_value = any(string_to_array(value, '|'))
        when 'not in' then text_value <> all(string_to_array(value, '|'))
        when 'starts with' then starts_with(text_value, value)
        when '<' then number_value < value::numeric
        when '<=' then number_value <= value::numeric
        when '>' then number_value > value::numeric
        when '>=' then number_value >= value::numeric
        when '=' then case kind when 'number' then number_value = value::numeric else text_value = value end
        else false
    end,
    operator = 'not in'
)
"""


def upgrade() -> None:
    """Go to this revision."""
    op.execute("create schema if not exists activation")
    op.create_table(
        "audiences",
        sa.Column("audience_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("business", sa.Text(), nullable=False, comment="the business, or * for any"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False, comment="whether its file says so now"),
        sa.Column("first_seen_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("audience_id", "version"),
        schema="activation",
        comment="Every version of each audience, by the hash of what its file said.",
    )
    op.create_table(
        "audience_rules",
        sa.Column("audience_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("alternative", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("business", sa.Text(), nullable=False, comment="the business, or * for any"),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column(
            "of_value",
            sa.Text(),
            nullable=True,
            comment="the segment, event, product, term or the like that the attribute is of",
        ),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audience_id", "alternative", "place"),
        schema="activation",
        comment="The rules of the current versions; alternative 0 says who is left out.",
    )
    op.create_table(
        "syncs",
        sa.Column("sync_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("synced_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("sha256_before", sa.Text(), nullable=True, comment="of the file before, null where there was none"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the file"),
        sa.PrimaryKeyConstraint("sync_id"),
        schema="activation",
        comment="Each change of an exported file; it holds counts and no person.",
    )
    op.execute(RULE_HOLDS)


def downgrade() -> None:
    """Go back to the one before."""
    op.execute("drop function activation.rule_holds(text, text, text, numeric, text)")
    for table in ("syncs", "audience_rules", "audiences"):
        op.drop_table(table, schema="activation")
    op.execute("drop schema activation")
