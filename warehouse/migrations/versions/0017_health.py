"""How the pipeline is, for dashboards: what came in, what waits in quarantine and what the gates said, as it is now."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# No release: a chain that stopped at a gate publishes none. Readers pass no schema but `serving`, so these are their
# only way to the journals, row by row as `serving.readers` says; `*` of it stands for what concerns all businesses.
INTAKE = """
create view serving.intake with (security_invoker = true, security_barrier = true) as
select batch_id, business, source, table_name, received, loaded, duplicate, quarantined, is_replay, finished_at
from raw.batches
where
    exists (
        select from serving.readers
        where readers.reader = current_user and readers.business in (batches.business, '*')
    )
"""
QUARANTINED = """
create view serving.quarantined with (security_invoker = true, security_barrier = true) as
select record_id, business, source, table_name, reason, first_seen_at, replayed_at
from quarantine.records
where
    exists (
        select from serving.readers
        where readers.reader = current_user and readers.business in (records.business, '*')
    )
"""
GATE_RESULTS = """
create view serving.gate_results with (security_invoker = true, security_barrier = true) as
select result_id, '*'::text as business, run_id, layer, suite, expectation, success, checked_at
from quality.results
where exists (select from serving.readers where readers.reader = current_user and readers.business = '*')
"""


def upgrade() -> None:
    """Go to this revision."""
    for view in (INTAKE, QUARANTINED, GATE_RESULTS):
        op.execute(view)


def downgrade() -> None:
    """Go back to the one before."""
    op.execute("drop view serving.intake, serving.quarantined, serving.gate_results")
