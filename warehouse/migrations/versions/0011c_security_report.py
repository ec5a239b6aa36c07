"""The looks for what should not be, as rows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011c"
down_revision = "0011b"
branch_labels = None
depends_on = None
TIME = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "security_report",
        sa.Column("check_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("checked_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False, comment="what must not be"),
        sa.Column("found", sa.BigInteger(), nullable=False, comment="how often it is"),
        sa.Column("subjects", postgresql.ARRAY(sa.Text()), nullable=False, comment="where, the first of them"),
        sa.PrimaryKeyConstraint("check_id"),
        schema="quality",
        comment="One row per rule and look; a look's rows share their time.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("security_report", schema="quality")
