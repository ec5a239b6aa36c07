"""Customers without history: what ranks for them is what served those best who came after the cut."""

import numpy as np
import pytest

from ml import cold, evaluation, features, models, rules
from ml.lists import Lists
from tests.ml.worlds import snapshot

REGULARS, NEWCOMERS, PRODUCTS = 60, 40, 30
FASHION = 10


@pytest.fixture(scope="module")
def world():
    """Regulars buy what is new every ten days; who comes later buys what is in fashion then, wherever they live."""
    random = np.random.default_rng(3)
    bought = []
    for customer in range(REGULARS):
        for day in range(0, 100, 5):
            bought.append((customer, int(random.integers(0, 3)) + 3 * (day // 10 % FASHION), day + customer % 5))
    for customer in range(REGULARS, REGULARS + NEWCOMERS):
        bought.append((customer, int(random.integers(0, 3)) + 3 * 9, 99))
    return snapshot(bought, customers=REGULARS + NEWCOMERS + 1, products=PRODUCTS)


@pytest.fixture(scope="module")
def found(world):
    cut = evaluation.split(world)
    return cold.measured(cut, models.fit_all(cut.data))


def test_newcomers_are_judged_by_what_they_bought_first(world, found):
    assert {len(values) for _, _, values in found} == {NEWCOMERS}
    assert {name for name, _, _ in found} == {"popular", "trending", "lightfm"}


def test_what_serves_newcomers_best_ranks_for_them(found):
    means = {name: values.mean() for name, _, values in found}
    assert means["trending"] > means["popular"]
    assert cold.chosen(found) == {
        "features": max(means, key=means.get),
        "nothing": "trending",
    }


def test_of_few_newcomers_nothing_is_concluded(found):
    few = [(name, metric, values[:5]) for name, metric, values in found]
    assert cold.chosen(few) == cold.chosen([]) == {"features": "lightfm", "nothing": "popular"}


def test_where_attributes_do_not_help_the_tier_says_so(world):
    unlearned = np.full(PRODUCTS, np.nan)
    chosen = {"recommendations": "own_frequency", "features": "trending", "nothing": "trending"}
    lists = Lists(world, rules.Rules([], unlearned, unlearned, None, ""), chosen, 5, "run")
    rows = [row for row in lists.rows("recommendations") if row[0] == world.customer_ids[-1]]
    assert [(row[1], row[4], row[5], row[6]) for row in rows] == [
        (rank, "trending", "trending", f'{{"rank": {rank}}}') for rank in range(1, 6)
    ]
    trend = models.fit_all(features.training(world))["trending"].product_scores
    assert rows[0][2] == world.product_ids[int(np.argmax(trend))]
