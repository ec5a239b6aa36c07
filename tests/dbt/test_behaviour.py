"""The demo world's machines and wrong clocks, found by dbt and compared with what was planted."""

import json
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from scrapers.demo import clocks, truth
from scrapers.demo.__main__ import stream
from scrapers.demo.world import World
from tests.dbt.content import BOT, dbt, event
from warehouse.connection import PROJECT

WORLD = World()
SOURCES = "business: shop\nsources: {world_events: {kind: events, format: jsonl, path: %s}}\n"
OF_BOTS = {"int_user_agents__recognised", "int_devices__counted", "int_devices__judged", "int_events__bot_flagged"}
LONG_AGO, LATER = "2020-01-01T00:00Z", "2026-07-01T00:00Z"


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The truths of the world: machines' devices, wrong clocks and late messages."""
    folder = tmp_path_factory.mktemp("truth")
    truth.write(WORLD, folder)
    return {
        name: [json.loads(line) for line in (folder / f"{name}.jsonl").open()] for name in ("bots", "clocks", "late")
    }


@pytest.fixture(scope="module")
def behaved(module_warehouse, tmp_path_factory):
    """The warehouse after the world's events went through the collector and dbt."""
    folder = tmp_path_factory.mktemp("behaviour")
    with (folder / "events.jsonl").open("wb") as out:
        stream(WORLD, out, None)
    sources = folder / "sources.yml"
    sources.write_text(SOURCES % (folder / "events.jsonl"))
    command = [sys.executable, "-m", "scrapers", "world_events", "--sources", str(sources)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    run = dbt(folder, "build", "--exclude", "tag:campaign", "test_type:unit")
    assert run.returncode == 0, run.stdout
    module_warehouse.folder = folder
    return module_warehouse


def flagged(connection):
    return dict(connection.execute("select message_id, bot_reason from intermediate.int_events__bot_flagged"))


def test_machines_are_found_and_people_are_spared(behaved, planted):
    devices = {row["anonymous_id"]: row["guise"] for row in planted["bots"]}
    found, sent = flagged(behaved), {}
    for message, device in behaved.execute("select message_id, anonymous_id from raw.events"):
        sent[message] = devices.get(device)
    machines = {message for message, guise in sent.items() if guise}
    right = machines & found.keys()
    precision, recall = len(right) / len(found), len(right) / len(machines)
    print(f"\n{len(sent):,} events, {len(machines):,} of machines: precision {precision:.4f}, recall {recall:.4f}")
    assert len(machines) > 0.09 * len(sent)
    assert precision >= 0.99 and recall >= 0.95
    reasons = {(sent[message], reason) for message, reason in found.items() if message in right}
    assert reasons == {
        ("declared", "user agent of a program"),
        ("hasty", "faster than a person"),
        ("steady", "steadier than a person"),
        ("harvesting", "looks at many products and does nothing else"),
        ("buying", "orders without ever looking"),
    }


def test_an_event_is_off_by_no_more_than_its_transport_whatever_the_clock_says(behaved, planted):
    happened = {row["message_id"]: datetime.fromisoformat(row["happened_at"]) for row in planted["clocks"]}
    ahead = {row["message_id"]: timedelta(seconds=row["clock_ahead_seconds"]) for row in planted["clocks"]}
    query = """
        select message_id, occurred_at, device_occurred_at, is_future, received_at, sent_at
        from staging.stg_shop__events
    """
    assert set(ahead.values()) == set(clocks.WRONG)
    for message, occurred_at, shown_at, is_future, received_at, sent_at in behaved.execute(query):
        transport = received_at - (sent_at - ahead.get(message, clocks.RIGHT))
        assert timedelta() <= occurred_at - happened.get(message, shown_at) <= transport < timedelta(seconds=3)
        assert not is_future


def test_late_events_land_in_the_day_on_which_they_happened(behaved, planted):
    late = {row["message_id"]: row["happened_on"] for row in planted["late"]}
    for table in ("int_events__attributed", "int_events__exploded"):
        query = f"select message_id, (occurred_at at time zone 'UTC')::date::text from intermediate.{table}"
        days = [(message, day) for message, day in behaved.execute(query) if message in late]
        assert len(days) > 100 and all(late[message] == day for message, day in days)
    lags = {(datetime.fromisoformat(row["arrived_on"]) - datetime.fromisoformat(row["happened_on"])).days
            for row in planted["late"]}  # fmt: skip
    assert max(lags) == 10


def tables_below_staging(connection):
    """The content of every table that dbt builds on staging, but for those that are about bots."""
    query = "select schemaname, tablename from pg_tables where schemaname in ('intermediate', 'marts')"
    names = [(schema, table) for schema, table in connection.execute(query).fetchall() if table not in OF_BOTS]
    assert {"customers", "interactions", "products", "int_identities__linked"} <= {table for _, table in names}
    content = "select md5(string_agg(t::text, e'\n' order by t::text)) from {}.{} as t"
    return {table: connection.execute(content.format(schema, table)).fetchone() for schema, table in names}


def test_nothing_downstream_counts_an_event_of_a_bot(behaved):
    """Last of this module: bots that claim to be customers, before and after all others, then no bots at all."""
    view = {"properties": {"product_id": "p0001"}, "agent": BOT}
    event(behaved, "claims", None, type="identify", anonymous_id="own", user_id="c000003", agent=BOT)
    event(behaved, "first", "Product Viewed", user_id="c000003", occurred_at=LONG_AGO, **view)
    event(behaved, "last", "Order Completed", user_id="nobody", occurred_at=LATER, received_at=LATER, **view)
    build = ("build", "--exclude", "tag:campaign", "resource_type:unit_test", "resource_type:test")
    assert dbt(behaved.folder, *build).returncode == 0
    assert {"claims", "first", "last"} <= flagged(behaved).keys()
    with_bots = tables_below_staging(behaved)
    query = "delete from raw.events where message_id in (select message_id from intermediate.int_events__bot_flagged)"
    assert behaved.execute(query).rowcount > 2000
    assert dbt(behaved.folder, *build).returncode == 0
    assert flagged(behaved) == {}
    assert tables_below_staging(behaved) == with_bots
