"""Lifetime values and the models behind them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LIFETIME_VALUES = "What each buyer will do and be worth; customers who object to analytics are left out."
VALUE_MODELS = "The models of how often and for how much customers buy, BG/NBD and Gamma-Gamma, one of each business."
NUMBERS = ("alive_probability", "expected_purchases", "churn_risk", "expected_purchase_value", "lifetime_value")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "value_models",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column(
            "held_out_error",
            sa.Double(),
            nullable=True,
            comment="RMSE of purchases in the last quarter, foretold from before",
        ),
        sa.Column("naive_error", sa.Double(), nullable=True, comment="the same where everyone buys at the mean rate"),
        sa.PrimaryKeyConstraint("business"),
        schema="ml",
        comment=VALUE_MODELS,
    )
    op.create_table(
        "lifetime_values",
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in NUMBERS),
        sa.PrimaryKeyConstraint("business", "customer_id"),
        schema="ml",
        comment=LIFETIME_VALUES,
    )


def downgrade() -> None:
    """Go back to the one before."""
    op.drop_table("lifetime_values", schema="ml")
    op.drop_table("value_models", schema="ml")
