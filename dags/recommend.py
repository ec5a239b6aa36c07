"""
### Recommend

Read the products' texts, foretell the customers' values, credit the channels, judge the campaigns, train the models,
measure them against their baselines, check what was learned, pick the segments and publish all together with the marts
as one release.

**Normal**: starts by itself when the marts were built; about a minute on the demo's data.

**If a task before `publish` fails**: readers of `serving` still see the last release, whole. Mend and clear the task.
**If a bad release was published**: `python -m warehouse rollback` repoints `serving` to the one before, at once.
"""

from airflow.sdk import dag
from common import MARTS, MARTS_POOL, RELEASE, SETTINGS, run

# Marts that rest on what ml learned; the campaign stage builds them again with its own.
SEGMENT = (
    "dbt build --project-dir dbt --profiles-dir dbt --select tag:learned"
    " --indirect-selection cautious --exclude-resource-type unit_test"
)


@dag(schedule=[MARTS], max_active_runs=1, tags=["chain"], doc_md=__doc__, **SETTINGS)
def recommend():
    """Train, check, publish: one after another."""
    terms = run("terms", "python -m ml terms", pool=MARTS_POOL)
    value = run("value", "python -m ml value", pool=MARTS_POOL)
    attribute = run("attribute", "python -m ml attribution", pool=MARTS_POOL)
    lift = run("lift", "python -m ml lift", pool=MARTS_POOL)
    uplift = run("uplift", "python -m ml uplift", pool=MARTS_POOL)
    train = run("train", "python -m ml recommend", pool=MARTS_POOL)
    check = run("check", "python -m expectations ml", pool=MARTS_POOL)
    segment = run("segment", SEGMENT, pool=MARTS_POOL)
    publish = run("publish", "python -m warehouse publish", pool=MARTS_POOL, outlets=[RELEASE])
    terms >> value >> attribute >> lift >> uplift >> train >> check >> segment >> publish


recommend()
