"""
### Transform

Clean `raw` into `staging`, link identities, build the `marts`, test them, then check what leaves.

**Normal**: starts by itself when `raw` was collected; half a minute on the demo's data.

**If `build` fails**: a model or a dbt test is red; the log's last lines name it. The published release is untouched.
Mend the model or the data and clear the task. **If `check` fails**: the marts are built but look wrong; no model is
trained on them.
"""

from airflow.sdk import dag
from common import MARTS, MARTS_POOL, RAW, SETTINGS, run

BUILD = "dbt build --project-dir dbt --profiles-dir dbt --exclude tag:campaign --exclude-resource-type unit_test"


@dag(schedule=[RAW], max_active_runs=1, tags=["chain"], doc_md=__doc__, **SETTINGS)
def transform():
    """Build the marts and guard their door."""
    build = run("build", BUILD, pool=MARTS_POOL)
    build >> run("check", "python -m expectations marts", pool=MARTS_POOL, outlets=[MARTS])


transform()
