"""
### Transform

Clean `raw` into `staging`, link identities, build the `marts`, test them, read texts into terms, build what rests on
terms (the customers' interests), then check what leaves.

**Normal**: starts by itself when `raw` was collected; half a minute on the demo's data.

**If `build` or `interests` fails**: a model or a dbt test is red; the log's last lines name it. The published release
is untouched. Mend the model or the data and clear the task. **If `check` fails**: the marts are built but look wrong;
no model is trained on them.
"""

from airflow.sdk import dag
from common import MARTS, MARTS_POOL, RAW, SETTINGS, run

DBT = "dbt build --project-dir dbt --profiles-dir dbt"


@dag(schedule=[RAW], max_active_runs=1, tags=["chain"], doc_md=__doc__, **SETTINGS)
def transform():
    """Build the marts in two steps, with the terms between them, and guard their door."""
    build = run("build", f"{DBT} --exclude tag:campaign interests+", pool=MARTS_POOL)
    terms = run("terms", "python -m ml terms", pool=MARTS_POOL)
    interests = run("interests", f"{DBT} --select interests+ --exclude tag:campaign", pool=MARTS_POOL)
    check = run("check", "python -m expectations marts", pool=MARTS_POOL, outlets=[MARTS])
    build >> terms >> interests >> check


transform()
