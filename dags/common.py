"""What DAG files share: the assets that carry the chain on, and how a project command becomes a task."""

import os
import sys
from datetime import timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset, CronTriggerTimetable

PROJECT = Path(__file__).resolve().parent.parent
RAW, MARTS, RELEASE, EXPORTS = Asset("raw"), Asset("marts"), Asset("release"), Asset("exports")

# One slot: what rebuilds the marts and what reads them take turns, whichever DAG they belong to.
MARTS_POOL = "marts"

SETTINGS = {
    "catchup": False,
    "default_args": {
        "owner": "huaxiang",
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(hours=1),
    },
}


def cron(expression):
    """Return a schedule whose runs carry the day before them; $HUAXIANG_SCHEDULE replaces it, empty means none."""
    chosen = os.environ.get("HUAXIANG_SCHEDULE", expression)
    if not chosen:
        return None
    # Airflow takes `run_immediately=False` for "at once, if the last time was not long ago"; no time is not long.
    return CronTriggerTimetable(chosen, timezone="UTC", interval=timedelta(days=1), run_immediately=timedelta(0))


def run(task_id, command, **kwargs):
    """Return a task that runs `command` in the project directory with the project's own venv."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # A task's stdin is a socket: bash takes that for a remote login and reads ~/.bashrc, unless SHLVL is set.
    return BashOperator(
        task_id=task_id,
        bash_command=command,
        cwd=str(PROJECT),
        env={"PATH": path, "SHLVL": "1"},
        append_env=True,
        do_xcom_push=False,
        **kwargs,
    )
