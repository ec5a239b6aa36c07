"""The demo shop through the collectors: what was planted is found, to the record."""

import os
import subprocess
import sys
from datetime import date, timedelta

from warehouse.connection import PROJECT

FEEDS = {
    "shop_customers": "registrations",
    "shop_events": "events",
    "shop_orders": "orders",
    "shop_email_events": "email_events",
    "shop_posts": "posts",
    "shop_ad_spend": "ad_spend",
    "shop_campaign_contacts": "campaign_contacts",
}


def collect(name, url, *arguments):
    environment = os.environ | {"SHOP_URL": url, "AIRFLOW_CTX_DAG_RUN_ID": "first"}
    command = [sys.executable, "-m", "scrapers", name, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)


def test_every_planted_record_is_loaded_doubled_or_quarantined_as_planted(warehouse, shop):
    url, truth = shop
    for name, feed in FEEDS.items():
        done = collect(name, url)
        assert done.returncode == 0, done.stderr
        ledger = (
            "select sum(received), sum(loaded), sum(duplicate), sum(quarantined) from raw.batches where source = %s"
        )
        counts = [int(total) for total in warehouse.execute(ledger, [name]).fetchone()]
        planted = truth[feed]
        assert counts == [planted["records"], planted["good"], planted["duplicates"], planted["poisoned"]], name
    assert collect("shop_products", url).returncode == 0
    assert warehouse.execute("select count(*) from raw.products").fetchone() == (150,)
    kinds = {kind for feed in FEEDS.values() for kind in truth[feed]["poison"]}
    assert len(kinds) >= 10
    reasons = warehouse.execute("select count(distinct reason) from quarantine.records").fetchone()[0]
    assert reasons >= 10


def test_a_second_collection_finds_nothing_new(warehouse, shop):
    url, _ = shop
    assert collect("shop_orders", url).returncode == 0
    before = warehouse.execute("select count(*), max(loaded_at) from raw.orders").fetchone()
    assert collect("shop_orders", url).returncode == 0
    assert warehouse.execute("select count(*), max(loaded_at) from raw.orders").fetchone() == before


def test_a_backfill_day_by_day_backwards_gives_what_one_run_gave(warehouse, shop):
    def rows():
        return warehouse.execute(
            "select order_id, line_id, status, unit_price from raw.orders order by 1, 2"
        ).fetchall()

    url, _ = shop
    assert collect("shop_orders", url).returncode == 0
    once = rows()
    warehouse.execute("truncate raw.orders, raw.cursors")
    for last in range(60, 0, -15):
        first, until = date(2026, 3, 1) + timedelta(last - 15), date(2026, 3, 1) + timedelta(last)
        assert collect("shop_orders", url, "--from", first.isoformat(), "--until", until.isoformat()).returncode == 0
    assert [row[:2] for row in rows()] == [row[:2] for row in once]
