import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.snapshot import DAY, once_a_moment
from ml.windows import come_back, length, windows
from tests.ml.worlds import snapshot

BOUGHT = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 400)), min_size=1, max_size=60)


def of_all(world, count=3):
    return windows(world, np.ones(len(world.interactions), dtype=bool), count)


def by_customer(world):
    return once_a_moment(world.interactions)


@settings(max_examples=50, deadline=None)
@given(BOUGHT)
def test_no_customers_past_reaches_into_the_future_of_its_window(bought):
    world = snapshot(bought, customers=10, products=10)
    rows = world.interactions
    for window in of_all(world):
        assert not (window.history & window.future).any()
        for customer in np.unique(rows["customer"][window.future]):
            own = rows["customer"] == customer
            past, future = (rows["occurred_at"][own & mask] for mask in (window.history, window.future))
            assert not len(past) or past.max() <= future.min()
            if window.cut_at is not None:
                assert past.max(initial=-1) < window.cut_at <= future.min()


def test_the_last_window_holds_the_last_tenth_and_those_before_are_as_long():
    world = snapshot([(day % 5, day % 7, day) for day in range(100)])
    found = of_all(world)
    assert [int(window.future.sum()) for window in found] == [10, 10, 10]
    assert np.diff([window.cut_at for window in found]).tolist() == [-length(world.interactions)] * 2
    assert (found[1].history | found[1].future).tolist() == found[0].history.tolist()


def test_where_nobody_comes_back_each_customers_own_last_rows_are_the_future():
    world = snapshot([(customer, product, customer * 20) for customer in range(10) for product in range(10)])
    world.interactions["occurred_at"] += np.arange(100) % 10
    assert not come_back(by_customer(world))
    [first, second, *_] = of_all(world)
    assert first.cut_at is None
    for window, kept in ((first, 8), (second, 7)):
        assert np.bincount(world.interactions["customer"][window.history]).tolist() == [kept] * 10
    assert (second.history | second.future).tolist() == first.history.tolist()


def test_customers_who_come_back_for_months_are_cut_by_the_calendar():
    world = snapshot([(customer, day % 3, day * 10) for customer in range(5) for day in range(12)])
    assert come_back(by_customer(world)) and length(world.interactions) < 30 * DAY


def test_a_world_that_ends_at_once_has_no_window():
    assert of_all(snapshot([(0, 0, 0)])) == []
