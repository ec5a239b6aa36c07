import dataclasses

import numpy as np
import pytest

from ml import evaluation, features, models, ranking
from ml.models.newcomers import Newcomers
from tests.ml.worlds import checkerboard, snapshot

CANARY = 39


@pytest.fixture(scope="module")
def fitted():
    return models.fit_all(features.training(snapshot(checkerboard())))


def share_of_own_kind(model, customers=40, products=40, k=8):
    """How many of the k best are of the customer's own colour of the board."""
    lists = ranking.top(model.scores(np.arange(customers)), k)
    return np.mean(lists % 2 == np.arange(customers)[:, None] % 2)


def test_lightfm_finds_the_colours_of_the_checkerboard(fitted):
    assert share_of_own_kind(fitted["lightfm"]) > 0.95


def test_own_frequency_finds_what_each_customer_bought(fitted):
    assert share_of_own_kind(fitted["own_frequency"]) == 1


def test_popular_cannot_tell_the_colours_apart(fitted):
    assert share_of_own_kind(fitted["popular"]) == pytest.approx(0.5)


def test_lightfm_ranks_unbought_products_of_the_own_colour_before_the_other_colour(fitted):
    data = features.training(snapshot(checkerboard()))
    scores = fitted["lightfm"].scores(np.arange(40))
    scores[data.purchases.nonzero()] = -np.inf
    best = scores.argmax(axis=1)
    assert np.mean(best % 2 == np.arange(40) % 2) > 0.9


def test_a_customer_without_history_is_ranked_by_its_city():
    bought = [row for row in checkerboard() if row[0] not in (38, 39)]
    data = features.training(snapshot(bought))
    assert not data.is_warm[38] and not data.is_warm[39]
    scores = models.fit_all(data)["lightfm"].scores(np.array([38, 39]))
    lists = ranking.top(scores, 8)
    assert np.mean(lists[0] % 2 == 0) > 0.7
    assert np.mean(lists[1] % 2 == 1) > 0.7


def test_a_product_nobody_bought_is_recommended_for_its_words():
    bought = [row for row in checkerboard() if row[1] not in (38, 39)]
    data = features.training(snapshot(bought))
    assert not data.known[38]
    scores = models.fit_all(data)["lightfm"].scores(np.arange(40))
    assert (scores[::2, 38] > scores[::2, 39]).all()
    assert (scores[1::2, 39] > scores[1::2, 38]).all()


def test_two_fits_on_the_same_data_are_bit_equal(fitted):
    again = models.fit_all(features.training(snapshot(checkerboard())))
    everyone = np.arange(40)
    for name in fitted:
        assert fitted[name].scores(everyone).tobytes() == again[name].scores(everyone).tobytes()


def test_what_is_sold_only_after_the_cut_is_in_no_training_matrix():
    bought = [row for row in checkerboard() if row[1] != CANARY] + [(0, CANARY, 11), (1, CANARY, 11)]
    cut = evaluation.split(snapshot(bought))
    data = cut.data
    assert features.training(snapshot(bought)).known[CANARY]
    assert not data.known[CANARY]
    assert data.purchases[:, [CANARY]].nnz == data.strength[:, [CANARY]].nnz == 0
    assert data.popularity[CANARY] == data.recent[CANARY] == 0
    assert cut.truth[:, [CANARY]].nnz == 0
    assert data.product_features.shape[1] < features.training(snapshot(bought)).product_features.shape[1]


def test_training_does_not_change_when_the_future_does():
    world = snapshot(checkerboard())
    cut_at = evaluation.split(world).cut_at
    other = world.interactions.copy()
    after = other["occurred_at"] >= cut_at
    assert after.any()
    other["product"][after] = CANARY
    left, right = (features.training(s, ~after) for s in (world, dataclasses.replace(world, interactions=other)))
    for field in ("purchases", "strength", "product_features", "customer_features"):
        assert (getattr(left, field) != getattr(right, field)).nnz == 0
    for field in ("popularity", "recent", "known"):
        assert (getattr(left, field) == getattr(right, field)).all()


def test_an_interaction_counts_half_after_the_half_life():
    data = features.training(snapshot([(0, 0, 0), (0, 2, features.HALF_LIFE_DAYS)]))
    assert data.strength[0, 2] == pytest.approx(np.log1p(1))
    assert data.strength[0, 0] == pytest.approx(np.log1p(0.5))


def test_the_scale_of_the_weights_does_not_matter():
    world, heavier = snapshot(checkerboard()), snapshot(checkerboard())
    heavier.interactions["weight"] *= 4
    assert (features.training(world).strength != features.training(heavier).strength).nnz == 0


def test_a_refund_takes_back_what_was_bought():
    world = snapshot([(0, 0, 0), (0, 0, 0), (0, 2, 0)])
    world.interactions["weight"][:] = [1, -1, 1]
    world.interactions["is_purchase"][:] = [True, False, True]
    assert features.training(world).strength[[0], :].indices.tolist() == [2]


def test_the_same_product_twice_in_one_moment_counts_once():
    data = features.training(snapshot([(0, 0, 0), (0, 0, 0), (0, 0, 1)]))
    assert data.purchases[0, 0] == 2


def test_browsing_is_learned_from_but_purchases_are_the_truth():
    world = snapshot([(0, 0, 0), (0, 2, 1)])
    world.interactions["is_purchase"][:] = [True, False]
    data = features.training(world)
    assert data.purchases.nnz == 1
    assert data.strength.nnz == 2


def test_a_product_that_nobody_bought_is_offered_to_those_who_like_its_words():
    bought = [row for row in checkerboard() if row[1] not in (36, 37, 38, 39)]
    data = features.training(snapshot(bought))
    model = Newcomers().fit(data, models.fit_all(data))
    scores = model.scores(np.arange(40))
    assert np.isneginf(scores[:, :36]).all()
    lists = ranking.top(scores, 2)
    assert (lists % 2 == np.arange(40)[:, None] % 2).all()
