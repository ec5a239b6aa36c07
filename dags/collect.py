"""
### Collect

Fetch every source of the sources file into the `raw` schema, side by side, then check what arrived.
A scheduled or backfilled run fetches its own day; a run started by hand continues where each source stopped.

**Normal**: daily at 02:00 UTC, some minutes; a few records in `quarantine.records`.

**If a source fails**: the site changed or does not answer. `raw` still holds yesterday's rows and the other sources
are loaded. Read the task's log, mend the source, clear the task: fetching a day twice changes nothing.
**If `check` fails**: rows arrived but look wrong, and nothing behind this door has started. See
`python -m warehouse quarantine`, mend, clear `check`.
"""

import os

import yaml
from airflow.sdk import dag
from common import PROJECT, RAW, SETTINGS, cron, run

SOURCES = PROJECT / (os.environ.get("HUAXIANG_SOURCES") or "scrapers/sources/shop.yml")
DAY = (
    "{% if dag_run.run_type in ('scheduled', 'backfill') %}"
    " --from {{ data_interval_start | ds }} --until {{ data_interval_end | ds }}{% endif %}"
)


@dag(schedule=cron("0 2 * * *"), max_active_runs=2, max_active_tasks=3, tags=["chain"], doc_md=__doc__, **SETTINGS)
def collect():
    """Collect the sources side by side, in front of one gate."""
    check = run("check", "python -m expectations raw", outlets=[RAW])
    for source in yaml.safe_load(SOURCES.read_text())["sources"]:
        run(source, f"python -m scrapers {source}{DAY}") >> check


collect()
