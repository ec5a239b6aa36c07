import dataclasses

import numpy as np
import pytest

from ml import evaluation, features, models, ranking
from ml.candidates import Candidates
from ml.models import two_stage
from ml.windows import windows
from tests.ml.worlds import snapshot

FOLLOWERS, PRODUCTS = 60, 40


def followed(seed=4):
    """Who buys an even product buys the next odd one ten days later; and what was bought is never bought again."""
    random = np.random.default_rng(seed)
    bought = []
    for customer in range(FOLLOWERS):
        for product, day in zip(random.permutation(np.arange(0, PRODUCTS, 2))[:8], range(0, 160, 20), strict=True):
            start = int(random.integers(0, 10)) + day
            bought += [(customer, int(product), start), (customer, int(product) + 1, start + 10)]
    return bought


@pytest.fixture(scope="module")
def world():
    return snapshot(followed(), customers=FOLLOWERS, products=PRODUCTS)


@pytest.fixture(scope="module")
def split(world):
    return evaluation.split(world)


@pytest.fixture(scope="module")
def fitted(split):
    return models.fit_all(split.data)


def test_the_ranker_learns_from_past_windows_what_no_proposer_knows_alone(split, fitted):
    """Every proposer that counts what was bought ranks the bought first; here nobody buys a thing twice."""
    found = {name: evaluation.measure(model, split).values["ndcg"].mean() for name, model in fitted.items()}
    assert found["two_stage"] > 1.2 * max(found["own_frequency"], found["popular"], found["lightfm"], found["als"])


def test_candidates_are_the_same_whatever_happens_afterwards(world, split):
    other = world.interactions.copy()
    future = ~split.data.history
    assert future.any()
    other["product"][future], other["customer"][future] = 7, 3
    changed = dataclasses.replace(world, interactions=other)
    pairs = []
    for each in (world, changed):
        data = features.training(each, split.data.history)
        pairs.append(Candidates(data, models.fit_all(data)).pairs(split.judged))
    for name in ("row", "product", "features", "is_new"):
        assert getattr(pairs[0], name).tobytes() == getattr(pairs[1], name).tobytes()


def test_examples_are_described_by_the_past_and_labelled_by_the_future(world, split):
    window = windows(world, split.data.history, 1)[0]
    pairs, labels = two_stage.examples(split.data, window)
    rows, at = world.interactions, pairs.names.index("own_count")
    customers = np.unique(rows["customer"][window.future])
    before, after = (
        set(zip(rows["customer"][mask].tolist(), rows["product"][mask].tolist(), strict=True))
        for mask in (window.history, window.future)
    )
    for row, product, count, label in zip(pairs.row, pairs.product, pairs.features[:, at], labels, strict=True):
        pair = (int(customers[row]), int(product))
        assert (count > 0) == (pair in before)
        assert label == (pair in after)


def test_of_very_many_customers_the_ranker_learns_from_some(world, split, monkeypatch):
    (window,) = windows(world, split.data.history, 1)
    monkeypatch.setattr(two_stage, "LEARNED_FROM", 7)
    pairs, labels = two_stage.examples(split.data, window)
    assert len(np.unique(pairs.row)) == 7 and len(labels) == len(pairs.row) and labels.any()


def test_what_is_new_is_ranked_apart_and_what_was_bought_is_left_out(split, fitted):
    scores = ranking.without(fitted["two_stage"].for_new.scores(split.judged), split.data.purchases[split.judged])
    lists = ranking.top(scores, 5)
    assert not split.data.purchases[split.judged[:, None], lists].toarray().any()


def test_a_ranker_of_shuffled_labels_is_no_better_than_chance(split, fitted):
    found = [two_stage.examples(split.data, window) for window in windows(split.data.snapshot, split.data.history, 3)]
    random = np.random.default_rng(9)
    shuffled = [(pairs, random.permutation(labels)) for pairs, labels in found]
    honest = fitted["two_stage"].ranked
    blind = dataclasses.replace(honest, rankers=[fit() for fit in two_stage.rankers(shuffled)])
    ndcg = [evaluation.measure(model, split).values["ndcg"].mean() for model in (honest, blind)]
    assert ndcg[1] < 0.7 * ndcg[0]


def test_what_is_not_on_offer_now_is_proposed_of_the_past_alone(world, split, fitted):
    offered = np.arange(PRODUCTS) % 4 != 0
    sold_out = dataclasses.replace(world, is_offered=offered)
    past = Candidates(features.training(sold_out, split.data.history), fitted).pairs(split.judged)
    now = Candidates(features.training(sold_out), fitted).pairs(split.judged)
    assert not offered[past.product].all()
    assert len(now.row) and offered[now.product].all()


def test_a_place_is_that_among_the_customers_own_candidates(split, fitted):
    pairs = Candidates(split.data, fitted).pairs(split.judged)
    for name in ("als", "trending"):
        score, place = (pairs.features[:, pairs.names.index(f"{name}_{what}")] for what in ("score", "rank"))
        for row in np.unique(pairs.row)[:10]:
            own = pairs.row == row
            assert sorted(place[own].tolist()) == list(range(own.sum()))
            assert (np.diff(score[own][np.argsort(place[own])]) <= 0).all()
