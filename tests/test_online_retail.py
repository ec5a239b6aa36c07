"""The chain on a real shop's year of order lines, by mapping and seeds alone."""

import os
import subprocess
import time
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from ml import features, files, models, reading
from tests.chain import commands, environment
from tests.dbt.slow_rfm import found_rfm, order_lines, rfm
from tests.ml.counterfactual import named, outcomes
from tests.ml.withheld import judged
from tests.real_data import SHARED, needs
from warehouse.connection import PROJECT

DATA = SHARED / "online_retail" / "online_retail.csv.gz"
COLLECT = ["python", "-m", "scrapers", "online_retail_orders", "--sources", "scrapers/sources/online_retail.yml"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.timeout(1200),
    needs("online_retail"),
]


@pytest.fixture(scope="module")
def retail(module_warehouse, tmp_path_factory):
    """The warehouse after the whole chain; seconds and peak memory of each stage are printed."""
    own = environment(tmp_path_factory.mktemp("dbt")) | {"ONLINE_RETAIL": str(DATA)}
    for command in [COLLECT, *commands()]:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=PROJECT, env=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        output = process.stdout.read()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{' '.join(command)}: {output[-3000:]}"
        print(f"{time.perf_counter() - began:6.1f} s  {usage.ru_maxrss / 1024:6.0f} MiB  {' '.join(command)}")
    return module_warehouse


def one(connection, query):
    return connection.execute(query).fetchone()


def test_every_line_is_accounted_for(retail):
    totals = one(retail, "select sum(received), sum(loaded), sum(duplicate), sum(quarantined) from raw.batches")
    assert [int(total) for total in totals] == [541_909, 536_641, 5_268, 0]
    control = one(retail, "select sum(control_total) from raw.batches")[0]
    assert round(control, 2) == Decimal("9747747.93")


def test_what_is_no_purchase_stays_flagged_in_staging_and_out_of_interactions(retail):
    flags = """
        select count(*) filter (where is_cancelled), count(*) filter (where is_return),
               count(*) filter (where not has_customer), count(*) filter (where not is_product), count(*)
        from staging.stg_shop__orders
    """
    cancelled, returned, nameless, no_product, lines = one(retail, flags)
    assert lines == 536_641
    assert cancelled == one(retail, "select count(*) from raw.orders where order_id like 'C%'")[0] == 9_251
    assert returned == one(retail, "select count(*) from raw.orders where quantity < 0")[0] == 10_587
    assert nameless == one(retail, "select count(*) from raw.orders where customer_id is null")[0] == 135_037
    codes = "('POST', 'DOT', 'M', 'BANK CHARGES', 'AMAZONFEE')"
    assert no_product >= one(retail, f"select count(*) from raw.orders where product_id in {codes}")[0] > 2_000
    bad = """
        select count(*) from marts.interactions join raw.orders as lines
            on lines.product_id = interactions.product_id and lines.customer_id = interactions.customer_id
            and lines.ordered_at = interactions.occurred_at
        where lines.product_id in ('POST', 'DOT', 'M', 'BANK CHARGES', 'AMAZONFEE')
    """
    assert one(retail, bad) == (0,)
    assert one(retail, "select count(*) from marts.interactions where quantity <= 0 or customer_id is null") == (0,)


def test_all_customers_are_known_and_every_buyer_gets_ten_recommendations(retail):
    assert one(retail, "select count(*) from serving.customers") == (4_372,)
    short = """
        select count(*) from serving.customers where order_count > 0 and 10 <> (
            select count(distinct product_id) from serving.recommendations
            where recommendations.customer_id = customers.customer_id)
    """
    assert one(retail, short) == (0,)
    assert one(retail, "select count(*) from serving.customers where order_count > 0")[0] > 4_300
    assert one(retail, "select count(distinct customer_id) from serving.recommendations") == (4_372,)


def test_the_model_is_measured_beside_its_baselines(retail):
    rows = retail.execute("select model, value from serving.measures where metric = 'ndcg' and k = 10").fetchall()
    measured = dict(rows)
    assert {"lightfm", "popular", "own_frequency"} <= measured.keys()
    assert measured["own_frequency"] == pytest.approx(0.33, abs=0.005)
    assert measured["popular"] < measured["lightfm"] < 1


def test_rfm_is_what_pandas_says_and_adds_up_to_the_cent(retail):
    assert one(retail, "select count(*) from serving.rfm") == (4_372,)
    lines = order_lines(retail, "online_retail")
    (now_at,) = one(retail, "select now_at from intermediate.int_businesses__clocked")
    found = found_rfm(retail, "online_retail")
    pd.testing.assert_frame_equal(found, rfm(lines, now_at).sort_index(), check_dtype=False)
    total = one(retail, "select sum(monetary) from serving.rfm")[0]
    assert total == lines[lines.is_kept].revenue.sum()
    print(f"\n{len(found):,} buyers of 4,372 customers spent {total:,.2f}")
    # Where no two are equal, the fifths are plain qcut's of plain ranks.
    alone = ~found.monetary.duplicated(keep=False)
    plain = pd.qcut(found.monetary.astype(float).rank(method="first"), 5, labels=False) + 1
    assert alone.mean() > 0.9 and (plain[alone] == found.monetary_quintile[alone]).all()


def test_the_last_quarter_is_foretold_better_than_by_the_mean(retail):
    foretold, naive = one(retail, "select held_out_error, naive_error from ml.value_models")
    print(f"\npurchases of the last quarter: off by {foretold:.3f}, by the mean rate {naive:.3f}")
    assert foretold < naive
    assert one(retail, "select count(*) from serving.customer_values") == (len(found_rfm(retail, "online_retail")),)


def test_interests_are_words_of_what_a_customer_bought(retail):
    assert one(retail, "select count(distinct customer_id) from marts.interests")[0] > 4_000
    strangers = """
        select count(*) from marts.interests where not exists (
            select from marts.interactions join ml.product_terms using (business, product_id)
            where interactions.customer_id = interests.customer_id and product_terms.term = interests.term)
    """
    assert one(retail, strangers) == (0,)


@pytest.mark.parametrize("kind", ["recommendations", "discoveries"])
def test_without_its_reason_a_product_would_have_a_lower_score(retail, kind):
    """By what was learned before the cut, for a sample of customers, at four places of their lists."""
    run_id, sha256 = one(retail, "select run_id, model_sha256 from ml.runs where is_current")
    snapshot = reading.snapshot(retail, "online_retail")
    data = features.training(snapshot)
    fitted = models.using(data, files.load(snapshot, run_id, sha256))
    customers = np.sort(np.random.default_rng(0).permutation(np.flatnonzero(data.is_warm))[:300])
    asked, fell = outcomes(data, fitted, kind, customers, named(data))
    print(f"\n{kind}: " + ", ".join(f"{code} {fell[code]} of {asked[code]}" for code in asked))
    assert fell.total() >= 0.95 * asked.total()


@pytest.mark.parametrize("seed", range(1, 5))
def test_products_that_nobody_bought_yet_are_ranked_far_better_than_by_the_cosine_of_their_words(retail, seed):
    ours, cosine = judged(reading.snapshot(retail, "online_retail"), seed)
    print(f"\nnewcomers {ours.mean():.4f}, content {cosine.mean():.4f}, ratio {ours.mean() / cosine.mean():.3f}")
    assert ours.mean() > 1.25 * cosine.mean()
