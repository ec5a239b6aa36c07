import json
import os
import shlex
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import CronTriggerTimetable

from stack.lifecycle import DAGS as AWAITED
from stack.lifecycle import POOLS
from warehouse.connection import PROJECT

DAGS = PROJECT / "dags"
FILES = sorted(path.name for path in DAGS.glob("*.py") if path.name != "common.py")
CHAIN = {"collect", "transform", "recommend", "campaign"}
HEAVY = {
    "pandas",
    "numpy",
    "scipy",
    "sklearn",
    "scrapy",
    "dbt",
    "great_expectations",
    "lightfm",
    "psycopg",
    "sqlalchemy",
}
OURS = {"scrapers", "expectations", "ml", "warehouse", "stack"}
DAYS = [datetime(2026, 3, 1, 2, tzinfo=UTC), datetime(2026, 3, 2, 2, tzinfo=UTC)]
SOURCES = "business: toy\nsources:\n  toy_orders: {kind: orders}\n  toy_posts: {kind: posts}\n"


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    sources = tmp_path_factory.mktemp("sources") / "toy.yml"
    sources.write_text(SOURCES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUAXIANG_SOURCES", str(sources))
        patch.delenv("HUAXIANG_SCHEDULE", raising=False)
        patch.syspath_prepend(DAGS)
        for name in [name for name in sys.modules if name == "common"]:
            patch.delitem(sys.modules, name)
        yield DagBag(dag_folder=str(DAGS.resolve()))


def tasks(bag):
    return [task for dag in bag.dags.values() for task in dag.tasks]


def test_every_file_is_read_without_an_error_and_these_are_the_dags(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == CHAIN | {"housekeeping"}


def test_the_local_stack_waits_for_exactly_these_dags(bag):
    assert set(bag.dags) == AWAITED


def test_every_dag_says_what_it_does_what_is_normal_and_what_to_do_when_it_fails(bag):
    for dag in bag.dags.values():
        assert dag.doc_md and "**Normal**" in dag.doc_md and "fails**" in dag.doc_md, f"{dag.dag_id}: complete doc_md"
        assert dag.tags, f"{dag.dag_id}: give it a tag"
        assert dag.catchup is False, f"{dag.dag_id}: catchup must be False"


def test_every_task_has_an_owner_retries_with_back_off_and_a_timeout(bag):
    for task in tasks(bag):
        assert task.owner == "huaxiang", f"{task}: set the owner in common.SETTINGS"
        assert task.retries >= 2 and task.retry_exponential_backoff, f"{task}: retries belong in common.SETTINGS"
        assert task.execution_timeout <= timedelta(hours=1), f"{task}: give it a timeout"


def test_the_assets_carry_the_chain_on_and_nothing_else_does(bag):
    sent = {dag.dag_id: {a.name for task in dag.tasks for a in task.outlets} for dag in bag.dags.values()}
    assert sent == {
        "collect": {"raw"},
        "transform": {"marts"},
        "recommend": {"release"},
        "campaign": {"exports"},
        "housekeeping": set(),
    }
    awaited = {"transform": "raw", "recommend": "marts", "campaign": "release"}
    for dag_id, asset in awaited.items():
        assert [a.name for a in bag.dags[dag_id].timetable.asset_condition.objects] == [asset]
        assert bag.dags[dag_id].max_active_runs == 1


def test_a_stage_hands_over_only_after_its_last_task(bag):
    for dag_id in CHAIN:
        (last,) = [task for task in bag.dags[dag_id].tasks if task.outlets]
        assert last.downstream_task_ids == set()
        assert last.get_flat_relative_ids(upstream=True) == {t.task_id for t in bag.dags[dag_id].tasks} - {last.task_id}


def test_every_pool_is_one_that_the_stack_makes(bag):
    used = {task.pool for task in tasks(bag)} - {"default_pool"}
    assert used == set(POOLS)


def test_what_rebuilds_or_reads_the_marts_takes_turns(bag):
    for dag_id in CHAIN - {"collect"}:
        assert {task.pool for task in bag.dags[dag_id].tasks} == {"marts"}


def test_every_command_is_a_module_of_the_project_or_an_installed_program(bag):
    for task in tasks(bag):
        program, *words = shlex.split(task.bash_command.split("{%")[0])
        if program == "python":
            assert words[0] == "-m" and words[1] in OURS, task.bash_command
            assert (PROJECT / words[1] / "__main__.py").exists(), task.bash_command
        else:
            assert os.access(f"{os.path.dirname(sys.executable)}/{program}", os.X_OK), task.bash_command


def test_a_command_runs_in_our_environment_whatever_the_users_bashrc_does(bag, tmp_path):
    (tmp_path / ".bashrc").write_text("export PATH=/nowhere")
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    ours = bag.dags["campaign"].get_task("export").env
    assert path_seen_by_bash(environment) == "/nowhere", "bash no longer reads ~/.bashrc here: SHLVL may go"
    assert path_seen_by_bash(environment | ours).startswith(os.path.dirname(sys.executable))


def path_seen_by_bash(environment):
    """Run bash as Airflow does: its stdin is a socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = ["bash", "-c", "echo $PATH"]
        return subprocess.run(command, env=environment, stdin=theirs, capture_output=True, text=True).stdout.strip()


def test_there_is_a_task_for_each_source_of_the_sources_file(bag):
    assert {task.task_id for task in bag.dags["collect"].tasks} == {"toy_orders", "toy_posts", "check"}


@pytest.mark.parametrize("kind", ["scheduled", "backfill"])
def test_a_run_of_a_day_collects_that_day(bag, kind):
    context = {
        "dag_run": SimpleNamespace(run_type=kind),
        "data_interval_start": DAYS[0],
        "data_interval_end": DAYS[1],
    }
    assert rendered(bag, context) == "python -m scrapers toy_orders --from 2026-03-01 --until 2026-03-02"


def test_a_run_started_by_hand_continues_from_the_cursor(bag):
    assert rendered(bag, {"dag_run": SimpleNamespace(run_type="manual")}) == "python -m scrapers toy_orders"


def rendered(bag, context):
    task = bag.dags["collect"].get_task("toy_orders")
    return task.render_template(task.bash_command, context)


def test_a_scheduled_run_carries_the_day_before_it(bag):
    schedule = bag.dags["collect"].timetable
    assert isinstance(schedule, CronTriggerTimetable)
    assert (schedule.expression, schedule.interval) == ("0 2 * * *", timedelta(days=1))


@pytest.mark.parametrize("name", FILES)
def test_reading_a_dag_file_imports_nothing_but_airflow_and_yaml(name):
    new = imported_by(name)
    assert not new & HEAVY, f"{name} imports {sorted(new & HEAVY)}: put the work behind `python -m ...`"
    assert not new & OURS, f"{name} imports {sorted(new & OURS)}: a DAG file only schedules commands"


def test_the_search_for_heavy_imports_finds_one(tmp_path):
    (tmp_path / "heavy.py").write_text("import airflow.sdk\nimport sklearn, warehouse")
    assert {"sklearn", "warehouse"} <= imported_by(tmp_path / "heavy.py")


def imported_by(name):
    """The top modules that a DAG file loads beyond what Airflow itself does."""
    code = """
import json, runpy, sys
sys.path[:0] = sys.argv[2:]
import airflow.sdk, airflow.providers.standard.operators.bash
before = set(sys.modules)
runpy.run_path(sys.argv[1])
print(json.dumps(sorted({name.split(".")[0] for name in set(sys.modules) - before})))
"""
    environment = os.environ | {"HUAXIANG_SOURCES": str(PROJECT / "scrapers/sources/online_retail.yml")}
    result = subprocess.run(
        [sys.executable, "-c", code, str(DAGS / name), str(DAGS), str(PROJECT)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_an_empty_schedule_setting_leaves_the_start_to_hands():
    code = "import common; print(common.cron('0 2 * * *'))"
    environment = os.environ | {"HUAXIANG_SCHEDULE": "", "PYTHONPATH": str(DAGS)}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["None"]
