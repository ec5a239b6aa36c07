"""Lists from vectors to committed rows, exclusions and reasons included, beside the top-K of the same vectors alone."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from implicit.cpu.topk import topk

from ml import features, lists, models, rules, writing
from ml.models.lightfm_hybrid import COMPONENTS, LightFMHybrid
from ml.models.popular import Popular
from ml.snapshot import DAY, INTERACTION
from tests.ml.worlds import snapshot

CUSTOMERS, MANY, PRODUCTS, BOUGHT, K = 50_000, 1_000_000, 20_000, 10, 20
BOUND, BOUND_MIB = 0.8, 1024
CHOSEN = {"recommendations": "lightfm", "discoveries": "lightfm", "features": "lightfm", "nothing": "popular"}


def shop(customers):
    """Everybody bought ten products, some more often than others, on a day each."""
    dice = np.random.default_rng(1)
    rows = np.zeros(customers * BOUGHT, dtype=INTERACTION)
    rows["customer"] = np.repeat(np.arange(customers), BOUGHT)
    rows["product"] = PRODUCTS * dice.random(len(rows)) ** 3
    rows["product"][:PRODUCTS] = np.arange(PRODUCTS)  # each was bought once at least
    rows["occurred_at"] = np.tile(np.arange(BOUGHT), customers) * DAY
    rows["weight"], rows["is_purchase"] = 1, True
    return snapshot([], customers=customers, products=PRODUCTS, interactions=rows)


def hybrid(data):
    """Return vectors as LightFM's are in shape; what they say does not change how long it takes."""
    dice = np.random.default_rng(2)
    names = {"customer_vectors": data.purchases.shape[0], "product_vectors": PRODUCTS, "attribute_vectors": 2}
    learned = {name: dice.normal(size=(count, COMPONENTS)).astype(np.float32) for name, count in names.items()}
    biases = dice.normal(size=PRODUCTS).astype(np.float32)
    return LightFMHybrid().use(data, {}, learned | {"product_biases": biases})


def held():
    """Return rules: nothing that is owned, nothing dear."""
    scope, kinds = np.ones(PRODUCTS, dtype=bool), frozenset(["recommendations", "discoveries"])
    made = [rules.Rule("owned", "owned", kinds, scope, None), rules.Rule("dear", "price_at_most", kinds, scope, 90.0)]
    prices = np.arange(PRODUCTS) % 100.0
    return rules.Rules(made, prices, np.full(PRODUCTS, np.nan), None, "")


def bare(data, found):
    """Return the seconds that implicit takes for the same customers, what they own left out."""
    items = np.column_stack([found.product_vectors, found.product_scores]).astype(np.float32)
    asked = np.column_stack([found.customer_vectors, np.ones(CUSTOMERS)]).astype(np.float32)
    began = time.perf_counter()
    topk(items, asked, K, filter_query_items=sp.csr_matrix(data.purchases, dtype=np.float32))
    return time.perf_counter() - began


def listed(warehouse, monkeypatch, customers):
    """Return the data, the model, and a function that makes and writes all lists and returns how many rows."""
    data = features.training(shop(customers))
    found = hybrid(data)
    monkeypatch.setattr(models, "fit_all", lambda _: {"popular": Popular().fit(data, {}), "lightfm": found})
    made = lists.Lists(data.snapshot, held(), CHOSEN, K, "run")

    def write():
        with warehouse.transaction():
            return writing.replace(warehouse, "recommendations", "toy", made.rows("recommendations"))

    return data, found, write


def peak():
    """Return the most MiB that this process had in memory since the mark was last wiped out (Linux's VmHWM)."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_lists_with_reasons_are_written_nearly_as_fast_as_the_best_are_found(warehouse, monkeypatch):
    data, found, write = listed(warehouse, monkeypatch, CUSTOMERS)
    alone = bare(data, found)
    began = time.perf_counter()
    count = write()
    whole = time.perf_counter() - began
    print(
        f"\n{count:,} rows: {CUSTOMERS / whole:,.0f} customers/s, the top {K} alone {CUSTOMERS / alone:,.0f}, "
        f"ratio {alone / whole:.3f} (bound {BOUND}), peak {peak():,.0f} MiB"
    )
    assert count == CUSTOMERS * K
    assert alone >= BOUND * whole


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_a_million_customers_are_listed_in_the_memory_of_a_few_blocks(warehouse, monkeypatch):
    _, _, write = listed(warehouse, monkeypatch, MANY)
    built = peak()
    Path("/proc/self/clear_refs").write_text("5")
    held_before, began = peak(), time.perf_counter()
    count = write()
    whole, grown = time.perf_counter() - began, peak() - held_before
    print(
        f"\n{count:,} rows: {MANY / whole:,.0f} customers/s; history, matrices and vectors {held_before:,.0f} MiB "
        f"({built:,.0f} while they are made), lists at most {grown:,.0f} MiB more (bound {BOUND_MIB:,})"
    )
    assert count == MANY * K
    assert grown <= BOUND_MIB
