"""A catalogue of which one product in a hundred shows a price that nobody asks: all else goes on as if it did not."""

import pytest

from ml import reading
from tests.dbt.content import batch, dbt, fill
from tests.expectations.test_gates import gate

PRODUCTS, ONE_IN = 10_000, 100
FIRST = """
insert into raw.products (business, source, batch_id, position, fingerprint, product_id, page_id, name, price, currency,
                          availability, first_seen_at, last_seen_at)
select 'shop', 'by_hand', 1, number, int4send(number), 'P' || number, 'P' || number, 'Tea ' || number,
       10 + number %% 90, 'CNY', 'InStock', '2026-03-29T00:00Z', '2026-03-30T00:00Z'
from generate_series(1, %s) as number
"""
# Every third line is of a product that will be poisoned.
BOUGHT = """
insert into raw.orders (business, source, batch_id, position, fingerprint, order_id, line_id, customer_id, currency,
                        ordered_at, status, quantity, unit_price, product_id)
select 'shop', 'by_hand', 1, number, int4send(-number), 'b' || number, '1', 'b' || number %% 60, 'CNY',
       timestamptz '2026-03-01T00:00Z' + number * interval '1 hour', 'completed', 1, 10,
       'P' || case when number %% 3 = 0 then number * %(one_in)s else number * 37 end
from generate_series(1, 100) as number
"""
POISONED = """
insert into raw.products (business, source, batch_id, position, fingerprint, product_id, page_id, name, price, currency,
                          availability, first_seen_at, last_seen_at)
select business, source, 2, position, int8send(-position), product_id, page_id, name,
       (array[price * 10, price / 10, 0, 1e9 + 1, 1e12 - 1, price])[1 + position / %(one_in)s %% 6],
       case when position / %(one_in)s %% 6 = 5 then 'USD' else currency end,
       availability, '2026-03-31T00:00Z', '2026-03-31T00:00Z'
from raw.products where product_id = 'P' || position and position %% %(one_in)s = 0
"""
WRONG = """
select product_id from marts.products
where product_id ~ '^P' and (price, currency, is_recommendable)
    is distinct from (10 + substring(product_id from 2)::int % 90, 'CNY', true)
"""


@pytest.fixture
def catalogue(warehouse):
    fill(warehouse)
    warehouse.execute("delete from raw.events where message_id = 'm8'")  # a clock that is years ahead
    batch(warehouse)
    warehouse.execute(FIRST, [PRODUCTS])
    warehouse.execute(BOUGHT, {"one_in": ONE_IN})
    return warehouse


def built(folder):
    """Let the gate of raw decide, and build."""
    run = gate("raw")
    assert run.returncode == 0, run.stdout + run.stderr
    done = dbt(folder, "build", "--exclude", "tag:campaign", "resource_type:unit_test")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_one_poisoned_product_in_a_hundred_stops_nothing_and_no_model_sees_a_difference(catalogue, tmp_path):
    built(tmp_path)
    honest = reading.snapshot(catalogue, "shop")
    assert len(honest.interactions) > 100
    catalogue.execute(POISONED, {"one_in": ONE_IN})
    built(tmp_path)
    run = gate("marts")
    assert run.returncode == 0, run.stdout + run.stderr
    assert catalogue.execute("select count(*) from marts.products where product_id ~ '^P'").fetchone() == (PRODUCTS,)
    assert catalogue.execute(WRONG).fetchall() == []
    assert reading.snapshot(catalogue, "shop").fingerprint() == honest.fingerprint()
    held = "select hold_reason from intermediate.int_product_prices__held where product_id ~ '^P'"
    reasons = [reason for (reason,) in catalogue.execute(held)]
    assert len(reasons) == PRODUCTS // ONE_IN
    assert set(reasons) == {"price jumped", "price out of range", "currency switched"}
