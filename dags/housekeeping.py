"""
### Housekeeping

Once a week: is the warehouse whole, who waits to be forgotten, what was kept long enough, keys turned, rights looked
through, and does the planner know its tables?

**Normal**: Sundays at 04:00 UTC, some minutes; nothing waits for it.

**If `status` fails**: its log says what is missing and the next command. **If `security` fails**: its log names each
right, file, login or package that should not be; all looks are rows of `quality.security_report`. **If another task
fails**: clear it later; each goes on where it stopped, and nothing is lost.
"""

from airflow.sdk import dag
from common import MARTS_POOL, SETTINGS, cron, run


@dag(schedule=cron("0 4 * * 0"), max_active_runs=1, tags=["upkeep"], doc_md=__doc__, **SETTINGS)
def housekeeping():
    """Look after the warehouse and the rights of people while nobody waits for it."""
    status = run("status", "python -m warehouse status")
    erase = run("erase", "python -m warehouse erase", pool=MARTS_POOL)
    retain = run("retain", "python -m warehouse retain")
    rotate = run("rotate", "python -m warehouse rotate-keys")
    security = run("security", "python -m warehouse security")
    status >> erase >> retain >> rotate >> security
    rotate >> run("vacuum", "python -m warehouse psql -c 'vacuum (analyze)'")


housekeeping()
