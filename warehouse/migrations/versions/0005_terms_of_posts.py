"""Posts have terms, and those that repeat an earlier one are known; terms say which dictionary found them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "post_terms",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("term", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False, comment="part of speech"),
        sa.Column("tf_idf", sa.Double(), nullable=False, comment="how much the term tells this post from others"),
        sa.Column("text_rank", sa.Double(), nullable=False, comment="how central it is within the post"),
        sa.Column("weight", sa.Double(), nullable=False, comment="mean of both, each relative to the post's highest"),
        sa.PrimaryKeyConstraint("business", "post_id", "term"),
        schema="ml",
        comment="The keywords of each post: nouns and names.",
    )
    op.create_table(
        "post_duplicates",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("first_post_id", sa.Text(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False, comment="share of common shingles"),
        sa.PrimaryKeyConstraint("business", "post_id"),
        schema="ml",
        comment="Posts that nearly repeat an earlier one.",
    )
    op.create_table(
        "dictionaries",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, comment="hash of its content"),
        sa.Column("term_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business"),
        schema="ml",
        comment="With which domain dictionary the current terms were found.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    for name in ("dictionaries", "post_duplicates", "post_terms"):
        op.drop_table(name, schema="ml")
