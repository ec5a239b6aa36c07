"""
### Housekeeping

Once a week: is the warehouse whole, and does the planner know its tables?

**Normal**: Sundays at 04:00 UTC, a minute; nothing waits for it.

**If `status` fails**: its log says what is missing and the next command. **If `vacuum` fails**: usually a lock held by
a stuck session; clear the task later, nothing is lost.
"""

from airflow.sdk import dag
from common import SETTINGS, cron, run


@dag(schedule=cron("0 4 * * 0"), max_active_runs=1, tags=["upkeep"], doc_md=__doc__, **SETTINGS)
def housekeeping():
    """Look after the warehouse while nobody waits for it."""
    status = run("status", "python -m warehouse status")
    status >> run("vacuum", "python -m warehouse psql -c 'vacuum (analyze)'")


housekeeping()
