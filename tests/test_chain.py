"""The stages one after another on a small shop: run twice, run at once, backfilled, and stopped by a gate."""

import random
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chain import SOURCES, commands, environment
from warehouse.checksum import table_checksums
from warehouse.connection import PROJECT
from warehouse.publish import publish

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TRANSFORM = ["dbt", "build", "--project-dir", "dbt", "--profiles-dir", "dbt"]
TRANSFORM += ["--exclude", "tag:campaign", "resource_type:unit_test"]


@pytest.fixture
def run(shop, tmp_path):
    """Run one command of the project as the scheduler does; returns the finished process."""

    def command(*words, status=0):
        own = environment(tmp_path) | {"SHOP_URL": shop[0]}
        words = ["python", "-m", *words] if words[0] != "dbt" else words
        done = subprocess.run(words, cwd=PROJECT, env=own, capture_output=True, text=True)
        assert done.returncode == status, f"{words}: {done.stdout}{done.stderr}"
        return done

    return command


def chain(run, *arguments):
    for source in SOURCES:
        run("scrapers", source, *(arguments if source != "shop_products" else ()))
    for words in commands():
        run(*(words if words[0] == "dbt" else words[2:]))


def test_stages_run_twice_or_twice_at_once_leave_the_same_and_a_failed_gate_leaves_the_release(warehouse, run):
    chain(run)
    once = table_checksums(warehouse)
    assert once["serving.recommendations"][0] >= 600 and once["marts.campaign_offers"][0] > 0

    chain(run)
    assert table_checksums(warehouse) == once

    for words in [("scrapers", "shop_events"), ("ml", "recommend", "--force"), ("warehouse", "publish")]:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda _, words=words: run(*words), range(2)))
    assert table_checksums(warehouse) == once

    # Marts that lost their products: the gate stops the chain, and readers keep what was published.
    warehouse.execute("delete from marts.products where product_id > 'p0010'")
    done = run("expectations", "marts", status=1)
    assert "marts" in done.stdout + done.stderr
    after = table_checksums(warehouse)
    served = {name for name in once if name.startswith("serving.")}
    assert {name: after[name] for name in served} == {name: once[name] for name in served}
    failures = "select count(*) from quality.results where not success and layer = 'marts'"
    assert warehouse.execute(failures).fetchone()[0] >= 1


def collect_days(run, days):
    for day in days:
        for source in SOURCES[1:]:
            run("scrapers", source, "--from", f"2026-03-{day:02}", "--until", f"2026-03-{day + 1:02}")
        run("expectations", "raw")


def test_a_backfill_in_any_order_and_two_days_at_once_gives_what_the_daily_runs_gave(warehouse, run):
    days = list(range(1, 8))
    run("scrapers", "shop_products")
    for day in days:
        collect_days(run, [day])
        if day in (1, 4, 7):  # a transformation between the days changes nothing at the end
            run(*TRANSFORM)
    daily = {name: sums for name, sums in table_checksums(warehouse).items() if name.startswith(("raw.", "marts."))}
    assert daily["raw.events"][0] > 100

    warehouse.execute(
        "truncate raw.customers, raw.events, raw.orders, raw.email_events, raw.posts, raw.ad_spend,"
        " raw.campaign_contacts, raw.cursors, raw.batches, quarantine.records"
    )
    random.Random(7).shuffle(days)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda part: collect_days(run, part), [days[:3], days[3:]]))
    run(*TRANSFORM)
    backfilled = {
        name: sums for name, sums in table_checksums(warehouse).items() if name.startswith(("raw.", "marts."))
    }
    assert backfilled == daily


def test_nothing_is_published_from_an_empty_warehouse(warehouse):
    with pytest.raises(Exception, match="dbt build"):
        publish(warehouse)
