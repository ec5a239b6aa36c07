"""A catalogue of which one product in a hundred shows a price that nobody asks: the chain goes on without them."""

import pytest

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
def poisoned(warehouse, tmp_path):
    fill(warehouse)
    warehouse.execute("delete from raw.events where message_id = 'm8'")  # a clock that is years ahead
    batch(warehouse)
    warehouse.execute(FIRST, [PRODUCTS])
    warehouse.execute(POISONED, {"one_in": ONE_IN})
    return warehouse


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_poisoned_product_in_a_hundred_stops_nothing_and_reaches_no_mart(poisoned, tmp_path):
    run = gate("raw")
    assert run.returncode == 0, run.stdout + run.stderr
    built = dbt(tmp_path, "build", "--exclude", "tag:campaign", "resource_type:unit_test")
    assert built.returncode == 0, built.stdout
    run = gate("marts")
    assert run.returncode == 0, run.stdout + run.stderr
    assert poisoned.execute("select count(*) from marts.products where product_id ~ '^P'").fetchone() == (PRODUCTS,)
    assert poisoned.execute(WRONG).fetchall() == []
    held = "select hold_reason from intermediate.int_product_prices__held where product_id ~ '^P'"
    reasons = [reason for (reason,) in poisoned.execute(held)]
    assert len(reasons) == PRODUCTS // ONE_IN
    assert set(reasons) == {"price jumped", "price out of range", "currency switched"}
