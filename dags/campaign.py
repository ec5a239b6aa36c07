"""
### Campaign

Pick each campaign's audience with its hold-out group, choose the offers, write a page on what each campaign did, and
the files for the channels.

**Normal**: starts by itself when a release was published; seconds.

**If `audiences` fails**: a file of audiences/ is wrong, the log says where; those before stand. **If `build` fails**: a
campaign model or its test is red; no file was written. **If `export` fails**: the files of the last run stay as they
are; clear the task to write them again. The same release gives the same files.
"""

from airflow.sdk import dag
from common import EXPORTS, MARTS_POOL, RELEASE, SETTINGS, run

BUILD = "dbt build --project-dir dbt --profiles-dir dbt --select tag:campaign --exclude-resource-type unit_test"


@dag(schedule=[RELEASE], max_active_runs=1, tags=["chain"], doc_md=__doc__, **SETTINGS)
def campaign():
    """Load the audiences, assign them, then export the offers."""
    audiences = run("audiences", "python -m warehouse audience load", pool=MARTS_POOL)
    build = run("build", BUILD, pool=MARTS_POOL)
    report = run("report", "python -m ml report campaigns", pool=MARTS_POOL)
    audiences >> build >> report >> run("export", "python -m warehouse export", pool=MARTS_POOL, outlets=[EXPORTS])


campaign()
