"""A thousand planted personal values go through the collectors and dbt; none is found in clear anywhere after."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.canaries import MARK, SIGNS, holding, planted
from warehouse import embedded, vault
from warehouse.connection import PROJECT, home
from warehouse.load import quarantine_place

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
DBT = [str(Path(sys.executable).parent / "dbt"), "build", "--project-dir", "dbt", "--profiles-dir", "dbt"]


def test_no_planted_value_is_found_in_clear_in_dump_data_logs_reports_or_artefacts(warehouse, tmp_path):
    feeds, made = tmp_path / "feeds", tmp_path / "made"
    feeds.mkdir()
    made.mkdir()
    file, sources, people = planted(feeds)
    assert len({value for values in people for value in values}) == 1000
    environment = os.environ | {"DBT_TARGET_PATH": str(made / "target"), "DBT_LOG_PATH": str(made / "logs")}
    commands = [["-m", "scrapers", name, "--sources", str(file)] for name in sources]
    commands += [["-m", "warehouse", "replay", "--sources", str(file)], ["-m", "expectations", "raw"]]
    commands += [["-m", "warehouse", command] for command in ("status", "quarantine", "checksum")]
    for at, command in enumerate(commands):
        done = subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment, capture_output=True, text=True)
        (made / f"{at}.out").write_text(done.stdout + done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
    built = subprocess.run(DBT, cwd=PROJECT, env=environment, capture_output=True, text=True)
    (made / "dbt.out").write_text(built.stdout + built.stderr)
    assert (made / "target" / "run_results.json").exists(), built.stdout
    with (made / "dump.sql").open("wb") as dump:
        subprocess.run([embedded.binary("pg_dump"), "--no-owner"], env=os.environ, stdout=dump, check=True)
    warehouse.execute("checkpoint")

    loaded = dict(warehouse.execute("select table_name, sum(loaded) from raw.batches group by 1").fetchall())
    assert loaded == {"customers": 245, "events": 495, "email_events": 245, "posts": 250, "orders": 250}
    assert (made / "dump.sql").read_bytes().count(b"\n") > 1000
    assert holding(feeds, SIGNS), "the feeds themselves hold them"
    assert holding(made, SIGNS) == []
    assert holding(home() / "postgres", SIGNS) == []

    # What is kept can be read by who has the keys, and joined by who has not.
    joined = warehouse.execute(
        "select count(*) from raw.customers join raw.email_events using (email_index)"
        " join raw.events on events.properties ->> 'email' = 'email:' || encode(customers.email_index, 'hex')"
    ).fetchone()[0]
    assert joined == 490
    row = warehouse.execute("select business, source, table_name, original from quarantine.records limit 1").fetchone()
    assert MARK in vault.decrypt(row[3], quarantine_place(*row[:3])).decode().lower()
