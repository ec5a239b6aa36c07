"""The hybrid from the marts to its vectors, reading and matrices included, beside LightFM alone on the same ones."""

import resource
import time

import pytest
import scipy.sparse as sp
from lightfm import LightFM

from ml import features, reading
from ml.models import lightfm_hybrid
from tests.ml.worlds import MARTS

CUSTOMERS, PRODUCTS, INTERACTIONS = 20_000, 5_000, 300_000
BOUND = 1.15
FILL = """
    select setseed(0.5);
    insert into marts.customers (business, customer_id, is_registered, city, may_personalise)
    select 'toy', 'C' || n, true, 'city ' || n %% 20, true from generate_series(1, %(customers)s) as n;
    insert into marts.products (business, product_id, name, category, is_available, is_recommendable, order_line_count)
    select 'toy', 'P' || n, 'product ' || n, 'category ' || n %% 30, true, true, 0
    from generate_series(1, %(products)s) as n;
    insert into marts.interactions
    select 'toy', 'I' || n, 'C' || ceil(random() * %(customers)s), 'P' || ceil(power(random(), 3) * %(products)s),
           'Order Completed', timestamptz '2026-01-01 00:00Z' + random() * interval '300 days', 1, 1
    from generate_series(1, %(interactions)s) as n;
    analyze marts.customers;
    analyze marts.products;
    analyze marts.interactions
"""


def bare(data):
    """Fit LightFM as the hybrid does, on matrices that are there already."""
    weights = sp.coo_matrix(data.strength)
    weights.data = weights.data / weights.data.mean()
    ones = sp.coo_matrix((weights.data * 0 + 1, (weights.row, weights.col)), weights.shape)
    of_customers, of_products = map(lightfm_hybrid._narrow, (data.customer_features, data.product_features))
    model = LightFM(
        no_components=lightfm_hybrid.COMPONENTS,
        loss="warp",
        learning_rate=lightfm_hybrid.LEARNING_RATE,
        max_sampled=lightfm_hybrid.MAX_SAMPLED,
        random_state=lightfm_hybrid.SEED,
    )
    began = time.perf_counter()
    model.fit(
        ones,
        user_features=of_customers,
        item_features=of_products,
        sample_weight=weights,
        epochs=lightfm_hybrid.EPOCHS,
        num_threads=1,
    )
    return time.perf_counter() - began


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_reading_and_fitting_beside_lightfm_alone(warehouse):
    warehouse.execute(MARTS)
    sizes = {"customers": CUSTOMERS, "products": PRODUCTS, "interactions": INTERACTIONS}
    for statement in FILL.split(";"):
        warehouse.execute(statement, sizes)
    began = time.perf_counter()
    data = features.training(reading.snapshot(warehouse, "toy"))
    read = time.perf_counter() - began
    lightfm_hybrid.LightFMHybrid().fit(data, {})
    whole, alone = time.perf_counter() - began, bare(data)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{INTERACTIONS:,} interactions: read {read:.1f} s, with fit {whole:.1f} s, LightFM.fit alone {alone:.1f} s, "
        f"ratio {whole / alone:.3f} (bound {BOUND}), peak {peak:,.0f} MiB"
    )
    assert whole <= BOUND * alone
