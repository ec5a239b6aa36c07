"""Several learners of uplift beside each other, each with the interval of its area."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None

MODELS = sa.table("uplift_models", schema="ml")
COMMENTS = {
    "qini_low": (
        sa.Double(),
        "of the 95 % bootstrap interval",
        "of the bootstrap interval that holds for all learners together in 95 %",
    ),
    "area": (sa.Double(), "under the uplift curve", "under the uplift curve (AUUC)"),
    "is_used": (
        sa.Boolean(),
        "whether the advantage is beyond chance; else there are no scores",
        "the best whose advantage is beyond chance; without one there are no scores",
    ),
}


def upgrade() -> None:
    """Go to this revision; the next run of `python -m ml uplift` compares anew."""
    op.execute(MODELS.delete())
    learner = sa.Column("learner", sa.Text(), nullable=False, comment="T or X (Künzel et al. 2019)")
    op.add_column("uplift_models", learner, schema="ml")
    for name in ("area_low", "area_high"):
        op.add_column("uplift_models", sa.Column(name, sa.Double(), nullable=False), schema="ml")
    op.drop_constraint("uplift_models_pkey", "uplift_models", schema="ml")
    op.create_primary_key("uplift_models_pkey", "uplift_models", ["business", "learner"], schema="ml")
    for name, (kind, before, after) in COMMENTS.items():
        op.alter_column("uplift_models", name, existing_type=kind, comment=after, existing_comment=before, schema="ml")
    op.create_table_comment(
        "uplift_models", "How well each learner of uplift puts the persuadable first, beside response.", schema="ml"
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.execute(MODELS.delete())
    op.drop_constraint("uplift_models_pkey", "uplift_models", schema="ml")
    op.create_primary_key("uplift_models_pkey", "uplift_models", ["business"], schema="ml")
    for name in ("learner", "area_low", "area_high"):
        op.drop_column("uplift_models", name, schema="ml")
    for name, (kind, before, after) in COMMENTS.items():
        op.alter_column("uplift_models", name, existing_type=kind, comment=before, existing_comment=after, schema="ml")
    op.create_table_comment(
        "uplift_models",
        "How well uplift puts the persuadable first, beside response; one row of each business.",
        schema="ml",
    )
