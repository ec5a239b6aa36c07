"""A grocer's 27 real campaigns by a sources file alone: counted again from the files, and what may be said of them."""

import csv
import gzip
import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.dbt.content import dbt
from tests.real_data import SHARED, needs
from warehouse.connection import PROJECT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.timeout(900),
    needs("completejourney"),
]
DATA = SHARED / "completejourney"
SOURCES = {
    "households": ("demographics", 801),
    "orders": ("transactions_sample", 75_000),
    "coupon_redemptions": ("coupon_redemptions", 2_102),
    "campaign_contacts": ("campaigns", 6_589),
}


def of_file(name):
    with gzip.open(DATA / f"{name}.csv.gz", "rt", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def grocer(module_warehouse, tmp_path_factory):
    """The warehouse after collecting, building and judging."""
    folder, own = tmp_path_factory.mktemp("dbt"), os.environ | {"COMPLETEJOURNEY": str(DATA)}

    def python(*words):
        done = subprocess.run([sys.executable, "-m", *words], cwd=PROJECT, env=own, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    for name in SOURCES:
        python("scrapers", f"completejourney_{name}", "--sources", "scrapers/sources/completejourney.yml")
    run = dbt(folder, "build", "--exclude", "tag:campaign", "resource_type:unit_test")
    assert run.returncode == 0, run.stdout
    python("ml", "attribution")
    python("ml", "lift")
    return module_warehouse


def rows(connection, query):
    return connection.execute(query).fetchall()


def test_every_record_is_loaded(grocer):
    found = rows(grocer, "select source, sum(received)::int, sum(loaded)::int from raw.batches group by source")
    assert sorted(found) == sorted((f"completejourney_{name}", count, count) for name, (_, count) in SOURCES.items())


def test_the_funnel_counts_what_the_files_say(grocer):
    targeted, redeemed, times = Counter(), {}, Counter()
    for row in of_file("campaigns"):
        targeted[row["campaign_id"]] += 1
    for row in of_file("coupon_redemptions"):
        redeemed.setdefault(row["campaign_id"], set()).add(row["household_id"])
        times[row["campaign_id"]] += 1
    query = "select campaign_id, customers, times from ml.campaign_funnel where arm = 'treatment' and step = '{}'"
    members = rows(grocer, query.format("member"))
    assert {row[0]: row[1] for row in members} == targeted and sum(targeted.values()) == 6_589
    found = rows(grocer, query.format("redemption"))
    assert {row[0]: row[1] for row in found} == {name: len(people) for name, people in redeemed.items()}
    assert {row[0]: row[2] for row in found} == times and sum(times.values()) == 2_102


def test_nobody_who_was_left_alone_redeemed_a_coupon(grocer):
    query = "select count(*) from ml.campaign_funnel where arm = 'not_contacted' and step = 'redemption'"
    assert rows(grocer, query) == [(0,)]


def test_the_report_says_by_itself_that_targeting_was_not_random(grocer):
    found = rows(grocer, "select verdict, count(*), min(reason) from ml.campaign_verdicts group by verdict order by 2")
    print("\n" + "\n".join(f"{count} {verdict}: {reason}" for verdict, count, reason in found))
    counts = {verdict: count for verdict, count, _ in found}
    assert sum(counts.values()) == 27 and counts["not random"] >= 8
    balance = "select standardised_difference from ml.campaign_balance where covariate = 'revenue_before'"
    sizes = [size for (size,) in rows(grocer, balance)]
    assert sum(size > 0.1 for size in sizes) > 0.9 * len(sizes)
    assert rows(grocer, "select bool_or(is_causal) from ml.campaign_lift") == [(False,)]


def test_every_sale_is_credited_once_in_each_model(grocer):
    paid = sum(round(float(row["sales_value"]) * 100) for row in of_file("transactions_sample"))
    query = "select model, round(sum(revenue) * 100) from marts.attribution group by model"
    assert {row[1] for row in rows(grocer, query)} == {paid}
    query = "select model, round(sum(revenue) * 100) from ml.channel_credits group by model"
    assert dict(rows(grocer, query)) == dict.fromkeys(("markov_1", "markov_2", "markov_3"), paid)
