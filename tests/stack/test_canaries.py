"""A thousand planted personal values go through the DAGs; none is in clear in any log or database after."""

import os
import re
import signal
import subprocess
import sys

import pytest

from tests.canaries import SIGNS, holding, planted
from tests.stack.running import started
from warehouse import embedded
from warehouse.connection import PROJECT, environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
DATABASES = ("airflow", "huaxiang", "huaxiang_vault")


def transformed(sources):
    """Run the demo until the gate behind the transformation has spoken; return what it said."""
    demo, said = started("demo", "--sources", str(sources)), []
    for line in demo.stdout:
        said.append(line)
        if re.search("transform +check +(failed|success)", line):
            break
    demo.send_signal(signal.SIGINT)
    said.append(demo.communicate()[0])
    assert re.search("transform +build +success", "".join(said)), "".join(said)
    return "".join(said)


def dumped(folder):
    """Write a dump of each database of this home: what stands compressed in its files is read in clear there."""
    folder.mkdir()
    run = [sys.executable, "-m", "warehouse"]
    subprocess.run([*run, "start"], cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    for name in DATABASES:
        with (folder / f"{name}.sql").open("wb") as dump:
            command = [embedded.binary("pg_dump"), "--no-owner", name]
            subprocess.run(command, env=os.environ | environment(), stdout=dump, check=True)
    subprocess.run([*run, "stop"], cwd=PROJECT, check=True, capture_output=True)


def test_no_planted_value_reaches_task_logs_or_the_databases_of_a_real_scheduler(home, tmp_path_factory, monkeypatch):
    feeds = tmp_path_factory.mktemp("feeds")
    file, sources, _ = planted(feeds)
    monkeypatch.setenv("DBT_TARGET_PATH", str(home / "dbt"))
    monkeypatch.setenv("DBT_LOG_PATH", str(home / "dbt"))
    (home / "said").write_text(transformed(file))
    dumped(home / "dumps")

    logs = {path.parent.name: path.read_text() for path in (home / "airflow" / "logs").rglob("*.log")}
    for name in sources:
        assert "loaded +" in logs[f"task_id={name}"]
    assert {"task_id=build", "task_id=check"} < logs.keys() and (home / "dbt" / "run_results.json").exists()
    dump = (home / "dumps" / "airflow.sql").read_bytes()
    assert all(f"\t{name}\t".encode() in dump for name in sources), "the dump has no run of these tasks"
    assert holding(feeds, SIGNS), "the feeds themselves hold them"
    assert holding(home, SIGNS) == []
