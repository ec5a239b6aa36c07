"""What was kept long enough goes; every table has a rule."""

import os
import time
from fnmatch import fnmatchcase

import pytest

from warehouse import load, retention, tables_builds, tables_crawl, tables_ml  # noqa: F401  (they register their tables)
from warehouse.check import Arrival, Problem
from warehouse.connection import home
from warehouse.raw import Event
from warehouse.tables import METADATA

DATED = [rule for rule in retention.RULES if "days" in rule]


def test_every_table_that_dbt_does_not_build_has_one_rule():
    rules = [rule["table"] for rule in retention.RULES]
    of_table = {table: [rule for rule in rules if fnmatchcase(table, rule)] for table in METADATA.tables}
    unruled = {table for table, found in of_table.items() if len(found) != 1}
    assert not unruled, "say in warehouse/retention.yml how long a table's rows are kept"
    assert all(any(fnmatchcase(table, rule) for table in METADATA.tables) for rule in rules)


@pytest.mark.parametrize("rule", DATED, ids=lambda rule: rule["table"])
def test_a_rule_counts_from_a_column_that_is_always_there(rule):
    assert not METADATA.tables[rule["table"]].c[rule["since"]].nullable


def test_what_is_older_than_its_rule_goes_and_the_rest_stays(warehouse):
    events = [
        {"message_id": f"m{n}", "type": "track", "occurred_at": "2020-03-01T10:00:00Z", "user_id": "u1"}
        for n in range(5)
    ]
    arrivals = [Arrival(b"", event) for event in events] + [Arrival(b"%d" % n, Problem("not_json")) for n in range(4)]
    load.load(warehouse, Event, arrivals, business="toy", source="s", run_id="r")
    assert retention.retain(warehouse) == {}, "what happened long ago counts from when it came in"
    warehouse.execute("update raw.events set loaded_at = now() - interval '1096 days' where message_id in ('m1', 'm2')")
    warehouse.execute("update quarantine.records set first_seen_at = now() - interval '91 days' where position = 6")
    assert retention.retain(warehouse) == {"raw.events": 2, "quarantine.records": 1}
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (3,)
    assert warehouse.execute("select count(*) from quarantine.records").fetchone() == (3,)


def test_exported_files_go_too(warehouse):
    folder = home() / "exports"
    folder.mkdir(exist_ok=True)
    old, new = folder / "toy-old.csv", folder / "toy-new.csv"
    old.write_text("customer_id\r\n")
    new.write_text("customer_id\r\n")
    long_ago = time.time() - 91 * 86_400
    os.utime(old, (long_ago, long_ago))
    assert retention.retain(warehouse) == {"exported files": 1}
    assert new.exists() and not old.exists()
    new.unlink()
