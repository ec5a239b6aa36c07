"""Twenty demo worlds through collector, dbt and lift, each a business of its own, beside what was planted in them."""

import os
import subprocess
import sys

import pytest
import yaml

from scrapers.demo import feeds, planted
from scrapers.demo.world import World
from tests.dbt.content import dbt
from warehouse.connection import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
SEEDS = range(100, 120)
FEEDS = {"customers": "registrations", "orders": "orders", "campaign_contacts": "campaign_contacts"}
KEPT = 0.94  # of the demo shop's orders are neither cancelled nor refunded


def written(folder, seed):
    """Write what a world's feeds deliver, poison and all, and the sources file that reads it."""
    shop = yaml.safe_load((PROJECT / "scrapers" / "sources" / "shop.yml").read_text())["sources"]
    world, sources = World(seed=seed, customers=800, days=90), {}
    for kind, feed in FEEDS.items():
        entry, path = shop[f"shop_{kind}"], folder / f"{seed}_{feed}"
        days = ((day, part) for day in range(world.days) for part in range(feeds.FEEDS[feed].parts(world, day)))
        raws = [record.raw for day, part in days for record in feeds.records(world, feed, day, part)]
        path.write_bytes(feeds.body(feeds.FEEDS[feed], raws))
        sources[f"world_{seed}_{kind}"] = {
            "kind": kind,
            "path": str(path),
            **{key: entry[key] for key in ("format", "mapping") if key in entry},
        }
    file = folder / f"{seed}.yml"
    file.write_text(yaml.safe_dump({"business": f"world_{seed}", "sources": sources}))
    return world, file, sources


@pytest.fixture(scope="module")
def judged(module_warehouse, tmp_path_factory):
    """Per world and campaign the difference in orders with its interval, and the planted one."""
    folder, planned = tmp_path_factory.mktemp("worlds"), {}
    for seed in SEEDS:
        world, file, sources = written(folder, seed)
        for name in sources:
            command = [sys.executable, "-m", "scrapers", name, "--sources", str(file)]
            done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
        for campaign in planted.campaigns(world):
            planned[f"world_{seed}", campaign["campaign_id"]] = campaign["true_lift"] * KEPT
    build = ("build", "--exclude", "tag:campaign", "resource_type:unit_test", "resource_type:test")
    run = dbt(folder, *build, "--vars", "campaign_window_days: 14")
    assert run.returncode == 0, run.stdout
    done = subprocess.run([sys.executable, "-m", "ml", "lift"], cwd=PROJECT, env=os.environ, capture_output=True)
    assert done.returncode == 0, done.stderr
    query = """
        select business, campaign_id, difference, low, high, adjusted_low, adjusted_high from ml.campaign_lift
        where segment = 'all' and outcome = 'orders' and is_causal
    """
    found = {row[:2]: row[2:] for row in module_warehouse.execute(query)}
    return found, planned


def test_the_interval_covers_what_was_planted_in_nearly_all_worlds(judged):
    found, planned = judged
    assert len(found) >= len(planned) - 2
    covered = sum(found[key][1] <= planned[key] <= found[key][2] for key in found)
    narrowed = sum(found[key][3] <= planned[key] <= found[key][4] for key in found)
    print(f"\n{covered} of {len(found)} plain and {narrowed} of {len(found)} CUPED intervals cover the planted effect")
    # Of 40 intervals of 95 %, fewer than 34 cover in one of 200 repetitions.
    assert min(covered, narrowed) >= len(found) * 34 / 40


def test_on_average_the_effect_that_is_found_is_the_planted_one(judged):
    found, planned = judged
    for campaign in ("spring_tea", "early_summer_outdoor"):
        keys = [key for key in found if key[1] == campaign]
        mean = sum(found[key][0] for key in keys) / len(keys)
        truth = sum(planned[key] for key in keys) / len(keys)
        error = (sum(((found[key][2] - found[key][1]) / 3.92) ** 2 for key in keys)) ** 0.5 / len(keys)
        print(f"\n{campaign}: found {mean:.3f}, planted {truth:.3f}, standard error {error:.3f}")
        assert abs(mean - truth) < 3 * error
