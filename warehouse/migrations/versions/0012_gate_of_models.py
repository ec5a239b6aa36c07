"""What the gate asked of a run's models, why it refused one, and the sum of what a run's models learned."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOTES = {
    "is_current": "its lists stand",
    "refused_because": "which checks of the gate it failed; null where it was accepted",
    "model_sha256": "of the manifest of what its models learned before the cut",
    "list": "recommendations or discoveries",
    "against": "the family compared with, champion, or empty",
    "slice": "whose lists were compared",
    "difference": "mean over customers",
    "low": "lower end of its bootstrap interval",
    "high": "upper end",
    "window_number": "1 is the latest",
    "cut_at": "the families knew what came before; null where each customer has a cut of its own",
    "popularity_bias": "buyers of a listed product by those of the usual purchase",
    "higher": "how much higher the NDCG of the published family is; null for itself",
}


def upgrade() -> None:
    """Go to this revision."""
    op.alter_column("runs", "is_current", comment=NOTES["is_current"], schema="ml")
    for name in ("refused_because", "model_sha256"):
        op.add_column("runs", sa.Column(name, sa.Text(), comment=NOTES[name]), schema="ml")
    op.create_table(
        "gate_checks",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False, comment=NOTES["list"]),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("against", sa.Text(), nullable=False, comment=NOTES["against"]),
        sa.Column("slice", sa.Text(), nullable=False, comment=NOTES["slice"]),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("difference", sa.Double(), comment=NOTES["difference"]),
        sa.Column("low", sa.Double(), comment=NOTES["low"]),
        sa.Column("high", sa.Double(), comment=NOTES["high"]),
        sa.PrimaryKeyConstraint("business", "run_id", "list", "model", "check_name", "against", "slice"),
        schema="ml",
        comment="What a run's best families were asked before they could replace the lists before; differences are of "
        "NDCG@10.",
    )
    op.create_table(
        "evaluations",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("window_number", sa.Integer(), nullable=False, autoincrement=False, comment=NOTES["window_number"]),
        sa.Column("cut_at", sa.TIMESTAMP(timezone=True), comment=NOTES["cut_at"]),
        sa.Column("list", sa.Text(), nullable=False, comment=NOTES["list"]),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("slice", sa.Text(), nullable=False, comment="whose lists were judged"),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Double(), nullable=False)
            for name in ("recall", "ndcg", "map", "hit_rate", "coverage", "novelty")
        ),
        sa.Column("popularity_bias", sa.Double(), nullable=False, comment=NOTES["popularity_bias"]),
        sa.Column("difference", sa.Double(), comment=NOTES["higher"]),
        sa.Column("low", sa.Double(), comment="lower end of its paired bootstrap interval"),
        sa.Column("high", sa.Double(), comment=NOTES["high"]),
        sa.PrimaryKeyConstraint("business", "run_id", "window_number", "list", "model", "slice"),
        schema="ml",
        comment="How each family did on the windows of the past, by `python -m ml evaluate`; measures are at 10.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("evaluations", schema="ml")
    op.drop_table("gate_checks", schema="ml")
    for name in ("model_sha256", "refused_because"):
        op.drop_column("runs", name, schema="ml")
    op.alter_column("runs", "is_current", comment=None, schema="ml")
