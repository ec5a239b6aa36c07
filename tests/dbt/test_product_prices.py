"""A price that may be a slip, from the pages of a shop to the marts: held back, kept as history, and let through."""

import pytest

from tests.dbt.content import dbt, line, product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROUNDS = [f"2026-03-{day:02}T03:00Z" for day in range(1, 6)]
BUILD = ("build", "--select", "+products", "--indirect-selection", "buildable", "--exclude", "resource_type:unit_test")


@pytest.fixture
def build(warehouse, tmp_path):
    """Build the products; returns {product: (price, currency, whether it may be recommended)}."""

    def run():
        done = dbt(tmp_path, *BUILD)
        assert done.returncode == 0, done.stdout
        query = "select product_id, price, currency, is_recommendable from marts.products"
        return {product_id: (price and int(price), *rest) for product_id, price, *rest in warehouse.execute(query)}

    return run


def held(connection):
    return set(connection.execute("select product_id, hold_reason from intermediate.int_product_prices__held"))


def show(connection, product_id, price, round_, **values):
    """Show a product in a round as never before."""
    product(connection, product_id, price, first_seen_at=ROUNDS[round_], last_seen_at=ROUNDS[round_], **values)


def test_a_price_that_jumps_is_published_once_the_next_round_shows_it_still(warehouse, build):
    for name in ("slip", "rise", "steady"):
        show(warehouse, name, 20, 0)
    assert build() == dict.fromkeys(("slip", "rise", "steady"), (20, "CNY", True))

    show(warehouse, "slip", 2000, 1)
    show(warehouse, "rise", 200, 1)
    show(warehouse, "steady", 190, 1)
    assert build() == {"slip": (20, "CNY", True), "rise": (20, "CNY", True), "steady": (190, "CNY", True)}
    assert held(warehouse) == {("slip", "price jumped"), ("rise", "price jumped")}

    show(warehouse, "slip", 20, 2)
    warehouse.execute("update raw.products set last_seen_at = %s where price = 200", [ROUNDS[2]])
    assert build() == {"slip": (20, "CNY", True), "rise": (200, "CNY", True), "steady": (190, "CNY", True)}
    assert held(warehouse) == {("slip", "price jumped")}  # what was a slip stays in the history as one
    assert warehouse.execute("select count(*) from staging.stg_shop__products").fetchone() == (7,)


def test_no_price_that_nobody_asks_reaches_the_marts(warehouse, build):
    for number in range(12):
        show(warehouse, f"good{number}", 20, 0)
    for name in ("switched", "dear", "cheap", "absurd", "sold"):
        show(warehouse, name, 20, 0)
    show(warehouse, "switched", 20, 1, currency="USD")
    show(warehouse, "dear", 10**9, 1)
    show(warehouse, "cheap", 0, 1)
    show(warehouse, "absurd", 10**12 - 1, 1)
    show(warehouse, "new and absurd", 10**12 - 1, 1)
    show(warehouse, "new and foreign", 20, 1, currency="USD")
    show(warehouse, "sold and absurd", 10**12 - 1, 1)
    line(warehouse, "o1", "1", "sold and absurd", unit_price=20)
    line(warehouse, "o1", "2", "sold", unit_price=10**12 - 1)
    found = build()
    unpriced = {"new and absurd", "new and foreign"}
    assert {name for name, (price, *_) in found.items() if price is None} == unpriced
    assert {row for name, row in found.items() if name not in unpriced} == {(20, "CNY", True)}
    assert not any(found[name][2] for name in unpriced)
    assert held(warehouse) == {
        ("switched", "currency switched"),
        ("dear", "price jumped"),
        ("cheap", "price jumped"),
        ("absurd", "price out of range"),
        ("new and absurd", "price out of range"),
        ("new and foreign", "not the currency of the business"),
        ("sold and absurd", "price out of range"),
    }
    # One product that stays in another currency than all others would spoil every sum: it stays away.
    warehouse.execute("update raw.products set last_seen_at = %s where currency = 'USD'", [ROUNDS[4]])
    assert build()["switched"] == (20, "CNY", True)
    assert ("switched", "not the currency of the business") in held(warehouse)


def test_a_shop_that_changes_its_currency_is_believed_in_the_next_round(warehouse, build):
    for number in range(12):
        show(warehouse, f"T{number}", 20, 0)
        show(warehouse, f"T{number}", 3, 1, currency="EUR")
    assert set(build().values()) == {(20, "CNY", True)}
    warehouse.execute("update raw.products set last_seen_at = %s where currency = 'EUR'", [ROUNDS[2]])
    assert set(build().values()) == {(3, "EUR", True)}
