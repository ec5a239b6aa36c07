"""The demo world's machines that open e-mails and click in them, found by dbt and compared with what was planted."""

import json
import subprocess
import sys
from collections import Counter

import pytest
import yaml

from scrapers.demo import feeds, mail
from scrapers.demo.world import World
from tests.dbt.content import dbt
from warehouse.connection import PROJECT

pytestmark = pytest.mark.slow
WORLD = World()
FEEDS = {"shop_email_events": "email_events", "shop_customers": "registrations"}
SEEN = "select event_id, event, is_machine from staging.stg_shop__email_events"
UNCHECKED = ("--exclude", "tag:campaign", "resource_type:test", "resource_type:unit_test")


@pytest.fixture(scope="module")
def mailed(module_warehouse, tmp_path_factory):
    """The warehouse after the world's mails and registrations went through the collector and dbt."""
    folder = tmp_path_factory.mktemp("mail")
    sources = yaml.safe_load((PROJECT / "scrapers" / "sources" / "shop.yml").read_text())
    sources["sources"] = {name: sources["sources"][name] for name in FEEDS}
    for name, feed in FEEDS.items():
        records = (record for day in range(WORLD.days) for record in feeds.records(WORLD, feed, day, 0))
        good = [record.raw for record in records if record.truth == feeds.GOOD]
        (folder / feed).write_bytes(feeds.body(feeds.FEEDS[feed], good))
        entry = sources["sources"][name]
        sources["sources"][name] = {key: entry[key] for key in ("kind", "format", "mapping")}
        sources["sources"][name]["path"] = str(folder / feed)
    (folder / "sources.yml").write_text(yaml.safe_dump(sources))
    for name in FEEDS:
        command = [sys.executable, "-m", "scrapers", name, "--sources", str(folder / "sources.yml")]
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    run = dbt(folder, "build", *UNCHECKED)
    assert run.returncode == 0, run.stdout
    module_warehouse.folder = folder
    return module_warehouse


def test_machines_are_found_and_people_are_spared(mailed):
    planted = {row["event_id"]: row["guise"] for row in mail.machines(WORLD)}
    found = {event_id for event_id, _, is_machine in mailed.execute(SEEN) if is_machine}
    right = found & planted.keys()
    precision, recall = len(right) / len(found), len(right) / len(planted)
    print(f"\n{len(planted):,} opens and clicks of machines: precision {precision:.4f}, recall {recall:.4f}")
    assert precision >= 0.99 and recall >= 0.95
    missed = Counter(planted[event_id] for event_id in planted.keys() - found)
    assert set(missed) == {"quiet"}, missed  # nothing gives these away: no test of ours does either


def tables_below_staging(connection):
    query = "select schemaname, tablename from pg_tables where schemaname in ('intermediate', 'marts')"
    names = connection.execute(query).fetchall()
    assert {"customers", "int_email_opt_outs__linked"} <= {table for _, table in names}
    content = "select count(*), md5(string_agg(t::text, e'\n' order by t::text)) from {}.{} as t"
    return {table: connection.execute(content.format(schema, table)).fetchone() for schema, table in names}


def test_nothing_downstream_counts_what_a_machine_did(mailed):
    """Last of this module: it takes what machines did away."""
    before = tables_below_staging(mailed)
    assert before["int_email_opt_outs__linked"][0] > 0
    query = "delete from raw.email_events where event_id in (select event_id from ({}) as seen where is_machine)"
    assert mailed.execute(query.format(SEEN)).rowcount > 900
    assert dbt(mailed.folder, "build", *UNCHECKED).returncode == 0
    assert not any(is_machine for *_, is_machine in mailed.execute(SEEN))
    assert tables_below_staging(mailed) == before
