"""A reason is one if the score falls when it had never happened."""

import numpy as np
import pytest

from ml import features, models
from tests.ml.counterfactual import named, outcomes
from tests.ml.worlds import shop


@pytest.fixture(scope="module")
def data():
    return features.training(shop(customers=240, products=80, days=240))


@pytest.fixture(scope="module")
def fitted(data):
    return models.fit_all(data)


@pytest.mark.parametrize("kind", ["recommendations", "discoveries"])
def test_without_its_reason_a_score_falls_and_far_more_often_than_without_as_many_others(data, fitted, kind):
    customers, random, told = np.flatnonzero(data.is_warm), np.random.default_rng(6), named(data)

    def others(customer, product, code, evidence):
        reason = told(customer, product, code, evidence)
        history = np.setdiff1d(data.strength[[customer], :].indices, [*reason, product])
        return random.permutation(history)[: len(reason)]

    (asked, fell), (_, by_chance) = (outcomes(data, fitted, kind, customers, each) for each in (told, others))
    shares = [found.total() / asked.total() for found in (fell, by_chance)]
    print(f"\n{kind}: score falls without its reason {shares[0]:.3f}, without as many others {shares[1]:.3f}, {asked}")
    assert asked["similar_to"] > 300
    assert shares[0] > 0.85 and shares[0] > 1.5 * shares[1]
