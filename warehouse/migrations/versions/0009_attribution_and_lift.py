"""Credits of channels, and what campaigns caused."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "campaign_balance",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("covariate", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("treated_mean", sa.Double(), nullable=False),
        sa.Column("control_mean", sa.Double(), nullable=False),
        sa.Column("standardised_difference", sa.Double(), nullable=False, comment="in standard deviations"),
        sa.Column(
            "p_value", sa.Double(), nullable=False, comment="of Welch's test, after Holm over the campaign's covariates"
        ),
        sa.PrimaryKeyConstraint("business", "campaign_id", "covariate"),
        schema="ml",
        comment="How alike the groups of each campaign were before it.",
    )
    op.create_table(
        "campaign_funnel",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("arm", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="place of the step"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("business", "campaign_id", "arm", "step"),
        schema="ml",
        comment="How many customers of each arm took which step after they entered a campaign.",
    )
    op.create_table(
        "campaign_lift",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("arm", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("segment", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("treated", sa.BigInteger(), nullable=False),
        sa.Column("control", sa.BigInteger(), nullable=False),
        sa.Column("treated_mean", sa.Double(), nullable=False),
        sa.Column("control_mean", sa.Double(), nullable=False),
        sa.Column("difference", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False, comment="of the 95 % interval, for who looks once"),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("relative_difference", sa.Double(), nullable=True, comment="to the control's mean"),
        sa.Column("p_value", sa.Double(), nullable=False),
        sa.Column("p_value_holm", sa.Double(), nullable=False, comment="controlled over the campaign: any error"),
        sa.Column(
            "q_value",
            sa.Double(),
            nullable=False,
            comment="controlled over the campaign: false discoveries (Benjamini, Hochberg)",
        ),
        sa.Column("adjusted_difference", sa.Double(), nullable=False, comment="CUPED: less what was before explains"),
        sa.Column("adjusted_low", sa.Double(), nullable=False),
        sa.Column("adjusted_high", sa.Double(), nullable=False),
        sa.Column("correlation_with_before", sa.Double(), nullable=False),
        sa.Column(
            "always_valid_low",
            sa.Double(),
            nullable=False,
            comment="of the interval for who looks as often as they like",
        ),
        sa.Column("always_valid_high", sa.Double(), nullable=False),
        sa.Column(
            "detectable_difference",
            sa.Double(),
            nullable=False,
            comment="the smallest that these groups show with a power of 80 %",
        ),
        sa.Column(
            "customers_needed",
            sa.Double(),
            nullable=True,
            comment="to show the difference that was found with a power of 80 %",
        ),
        sa.Column("incremental", sa.Double(), nullable=False, comment="the difference times the treated"),
        sa.Column("incremental_low", sa.Double(), nullable=False),
        sa.Column("incremental_high", sa.Double(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "is_causal",
            sa.Boolean(),
            nullable=False,
            comment="whether the groups were alike, so that the campaign caused it",
        ),
        sa.PrimaryKeyConstraint("business", "campaign_id", "arm", "segment", "outcome"),
        schema="ml",
        comment="By how much the treated of each campaign differ from its control, whether they were reached or not.",
    )
    op.create_table(
        "campaign_verdicts",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "verdict",
            sa.Text(),
            nullable=False,
            comment="comparable, not random, unknown, waiting, too few, broken split, no control",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("treated", sa.BigInteger(), nullable=False),
        sa.Column("control", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False, comment="customers whose time to buy is not over"),
        sa.Column("planned_hold_out_share", sa.Double(), nullable=True),
        sa.Column("hold_out_share", sa.Double(), nullable=False, comment="as it was found"),
        sa.Column(
            "split_p_value", sa.Double(), nullable=True, comment="chi-square of the found split under the planned one"
        ),
        sa.PrimaryKeyConstraint("business", "campaign_id"),
        schema="ml",
        comment="Whether the groups of each campaign can be compared, and why.",
    )
    op.create_table(
        "channel_credits",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.Text(), autoincrement=False, nullable=False),
        sa.Column(
            "removal_effect",
            sa.Double(),
            nullable=True,
            comment="share of the conversions that is lost without it; null for none",
        ),
        sa.Column("conversions", sa.Numeric(), nullable=False),
        sa.Column("revenue", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("business", "model", "channel", "currency"),
        schema="ml",
        comment="What channels are credited with by their removal effect in Markov chains.",
    )
    op.create_table(
        "channel_increments",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("model", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("credited", sa.Double(), nullable=False),
        sa.Column("incremental", sa.Double(), nullable=False),
        sa.Column("incremental_low", sa.Double(), nullable=False),
        sa.Column("incremental_high", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("business", "channel", "outcome", "model"),
        schema="ml",
        comment="What models of attribution credit comparable campaigns with, beside what these caused.",
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("channel_increments", schema="ml")
    op.drop_table("channel_credits", schema="ml")
    op.drop_table("campaign_verdicts", schema="ml")
    op.drop_table("campaign_lift", schema="ml")
    op.drop_table("campaign_funnel", schema="ml")
    op.drop_table("campaign_balance", schema="ml")
