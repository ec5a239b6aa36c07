"""Lists from vectors to committed rows, exclusions and reasons included, beside the top-K of the same vectors alone."""

import resource
import time

import numpy as np
import pytest
import scipy.sparse as sp
from implicit.cpu.topk import topk

from ml import features, lists, models, rules, writing
from ml.models.lightfm_hybrid import COMPONENTS, LightFMHybrid
from ml.models.popular import Popular
from ml.snapshot import DAY, INTERACTION
from tests.ml.worlds import snapshot

CUSTOMERS, PRODUCTS, BOUGHT, K = 50_000, 20_000, 10, 20
BOUND = 0.8
CHOSEN = {"recommendations": "lightfm", "discoveries": "lightfm", "features": "lightfm", "nothing": "popular"}


def shop():
    """Everybody bought ten products, some more often than others, on a day each."""
    dice = np.random.default_rng(1)
    rows = np.zeros(CUSTOMERS * BOUGHT, dtype=INTERACTION)
    rows["customer"] = np.repeat(np.arange(CUSTOMERS), BOUGHT)
    rows["product"] = PRODUCTS * dice.random(len(rows)) ** 3
    rows["product"][:PRODUCTS] = np.arange(PRODUCTS)  # each was bought once at least
    rows["occurred_at"] = np.tile(np.arange(BOUGHT), CUSTOMERS) * DAY
    rows["weight"], rows["is_purchase"] = 1, True
    return snapshot([], customers=CUSTOMERS, products=PRODUCTS, interactions=rows)


def hybrid(data):
    """Return vectors as LightFM's are in shape; what they say does not change how long it takes."""
    dice = np.random.default_rng(2)
    names = {"customer_vectors": CUSTOMERS, "product_vectors": PRODUCTS, "attribute_vectors": 2}
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


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_lists_with_reasons_are_written_nearly_as_fast_as_the_best_are_found(warehouse, monkeypatch):
    data = features.training(shop())
    found = hybrid(data)
    monkeypatch.setattr(models, "fit_all", lambda _: {"popular": Popular().fit(data, {}), "lightfm": found})
    alone = bare(data, found)
    made = lists.Lists(data.snapshot, held(), CHOSEN, K, "run")
    began = time.perf_counter()
    with warehouse.transaction():
        count = writing.replace(warehouse, "recommendations", "toy", made.rows("recommendations"))
    whole = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{count:,} rows: {CUSTOMERS / whole:,.0f} customers/s, the top {K} alone {CUSTOMERS / alone:,.0f}, "
        f"ratio {alone / whole:.3f} (bound {BOUND}), peak {peak:,.0f} MiB"
    )
    assert count == CUSTOMERS * K
    assert alone >= BOUND * whole
