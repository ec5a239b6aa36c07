"""What was sold to guests too tells what sells; nothing is known of it before its time."""

import numpy as np
import pytest

from ml import features, reading, sales
from ml.snapshot import DAY, GUEST, SALE
from tests.ml.worlds import MARTS, fill_marts, snapshot

BOUGHT = [(0, 0, 10), (0, 1, 20), (1, 1, 40), (0, 0, 60), (1, 2, 80)]
GUESTS = [(2, 15, 3, 7.5), (2, 59, 1, 2.5), (0, 99, 9, 1)]


def sold(rows):
    found = np.zeros(len(rows), dtype=SALE)
    for at, (customer, product, day, quantity, price) in enumerate(rows):
        found[at] = (customer, product, day * DAY, quantity, price)
    return found


@pytest.fixture
def world():
    named = [(customer, product, day, 2, 4.0) for customer, product, day in BOUGHT]
    rows = sorted([*named, *((GUEST, *row) for row in GUESTS)], key=lambda row: row[2])
    return snapshot(BOUGHT, customers=3, products=4, sales=sold(rows))


def before(world, day):
    return features.training(world, world.interactions["occurred_at"] < day * DAY)


def test_nothing_that_came_after_the_moment_is_known(world):
    known = sales.known(before(world, 61))
    assert known["occurred_at"].tolist() == [day * DAY for day in (10, 15, 20, 40, 59, 60)]
    assert (known["customer"] == GUEST).sum() == 2
    assert (sales.known(features.training(world))["occurred_at"] <= 80 * DAY).all(), "the last guest came later"


def test_products_are_told_by_all_lines_their_pieces_and_their_price(world):
    data = before(world, 61)
    found = sales.of_products(data, sales.known(data))
    assert np.expm1(found["sold_to_all_60"]).round().tolist() == [2, 2, 2, 0]
    assert np.expm1(found["sold_to_guests_60"]).round().tolist() == [0, 0, 2, 0]
    assert np.expm1(found["units_60"]).round().tolist() == [4, 4, 4, 0]
    assert np.expm1(found["buyers_60"]).round().tolist() == [1, 2, 0, 0]
    assert found["product_price"][:3].tolist() == [4, 4, 5] and np.isnan(found["product_price"][3])
    assert found["price_change"][2] == 0.5
    assert sales.of_customers(data, sales.known(data))["customer_price"][:2].tolist() == [4, 4]


def test_where_each_customer_has_its_own_cut_sales_would_tell_the_future():
    bought = [(customer, day % 3, day * 10 + customer) for customer in range(5) for day in range(12)]
    world = snapshot(bought, customers=5, products=3, sales=sold([(GUEST, 0, 1, 1, 1)]))
    history = np.zeros(len(bought), dtype=bool)
    history[world.interactions["customer"] > 0] = True  # all of some, nothing of another
    known = sales.known(features.training(world, history))
    assert (known["customer"] != GUEST).all() and len(known) == history.sum()
    assert np.isnan(known["price"]).all()


def test_medians():
    found = sales.medians(np.array([1, 1, 1, 1, 3]), np.array([5.0, 1, np.nan, 2, 7]), 4)
    assert found[[1, 3]].tolist() == [2, 7] and np.isnan(found[[0, 2]]).all()
    assert sales.medians(np.array([0, 0]), np.array([1.0, 2]), 1).tolist() == [1.5]


def test_lines_come_from_the_warehouse_without_whom_nothing_may_be_learned_of(warehouse):
    warehouse.execute(MARTS)
    fill_marts(warehouse, BOUGHT, customers=3, products=4)
    warehouse.execute("update marts.customers set may_personalise = false where customer_id = 'C001'")
    warehouse.execute("update marts.interactions set interaction_id = 'order:o' || substr(interaction_id, 2) || ':1'")
    line = "insert into marts.order_lines values ('toy', %s, '1', %s, %s, null, 2, 3.5, 'CNY', '2026-01-31 00:00Z')"
    for order, customer, product in [("o0", "C000", "P000"), ("o2", "C001", "P001"), ("g", None, "P002")]:
        warehouse.execute(line, [order, customer, product])
    found = reading.snapshot(warehouse, "toy").sales
    assert found[["customer", "product", "quantity", "price"]].tolist() == [(GUEST, 2, 2, 3.5), (0, 0, 2, 3.5)]
