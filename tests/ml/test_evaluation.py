import math

import numpy as np
import pytest
import scipy.sparse as sp

from ml import evaluation, ranking
from ml.models.own_frequency import OwnFrequency
from tests.ml.worlds import snapshot


def slow_and_obvious(items, relevant):
    gained = [1 / math.log2(place + 2) for place, item in enumerate(items) if item in relevant]
    ideal = [1 / math.log2(place + 2) for place in range(min(len(relevant), 10))]
    precisions, hits = [], 0
    for place, item in enumerate(items):
        if item in relevant:
            hits += 1
            precisions.append(hits / (place + 1))
    best = min(len(relevant), 10)
    return hits / len(relevant), sum(gained) / sum(ideal), sum(precisions) / best


def test_a_list_measured_by_hand():
    truth = sp.csr_array(np.array([[1, 0, 1, 0, 0, 1]]))
    found = evaluation.metrics(np.array([[0, 1, 2]]), truth)  # hits at places 1 and 3, of 3 relevant
    assert found["recall"][0] == pytest.approx(2 / 3)
    assert found["ndcg"][0] == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2))
    assert found["map"][0] == pytest.approx((1 + 2 / 3) / 3)


def test_fast_measures_equal_slow_obvious_code():
    random = np.random.default_rng(7)
    truth = random.random((60, 50)) < random.choice([0.03, 0.1, 0.5], 60)[:, None]
    truth[:, 0] |= ~truth.any(axis=1)
    lists = np.argsort(random.random((60, 50)), axis=1)[:, :10]
    found = evaluation.metrics(lists, sp.csr_array(truth.astype(float)))
    for row, items in enumerate(lists):
        slow = slow_and_obvious(items.tolist(), set(np.flatnonzero(truth[row]).tolist()))
        assert [found[name][row] for name in ("recall", "ndcg", "map")] == pytest.approx(slow)


def test_top_equals_a_stable_sort_also_where_scores_are_equal():
    scores = np.random.default_rng(3).integers(0, 4, (200, 30)).astype(np.float32)
    assert (ranking.top(scores, 10) == np.argsort(-scores, axis=1, kind="stable")[:, :10]).all()


@pytest.mark.parametrize("k", [1, 10, 60])
def test_top_of_a_wide_catalogue_equals_a_stable_sort_whatever_the_scores(k):
    dice = np.random.default_rng(4)
    scores = dice.normal(size=(100, 3000)).astype(np.float32)
    scores[20:40] = scores[20:40].round(1)
    scores[40:60][dice.random((20, 3000)) < 0.01] = 9
    scores[60:80][dice.random((20, 3000)) < 0.999] = -np.inf
    scores[80:90] = 0
    scores[90:] = -np.inf
    assert (ranking.top(scores, k) == np.argsort(-scores, axis=1, kind="stable")[:, :k]).all()
    same = np.broadcast_to(scores[0], scores.shape)
    assert (ranking.top(same, k) == np.argsort(-same, axis=1, kind="stable")[:, :k]).all()


def test_a_catalogue_shorter_than_k_gives_what_it_has():
    assert ranking.top(np.array([[1.0, 3.0, 2.0]]), 10).tolist() == [[1, 2, 0]]


def test_blocks_cover_everybody_once_and_stay_small():
    rows = np.arange(10_000)
    parts = list(ranking.blocks(rows, columns=1_000_000))
    assert (np.concatenate(parts) == rows).all()
    assert max(len(part) for part in parts) * 4_000_000 <= ranking.BLOCK_BYTES


def test_judged_are_those_with_history_before_and_a_known_product_after():
    before = [(customer, customer % 4, day) for customer in range(4) for day in range(5)]
    after = [(0, 0, 50), (1, 9, 50), (7, 0, 50)]  # 1 buys what nobody knew, 7 was not known
    world = snapshot(before + after)
    cut = evaluation.split(world)
    assert cut.judged.tolist() == [0]
    assert cut.truth[[0], :].indices.tolist() == [0]


def test_of_very_many_customers_some_are_judged_the_same_ones_each_time(monkeypatch):
    world = snapshot([(customer, customer % 4, day) for customer in range(30) for day in range(20)])
    everybody = evaluation.split(world).judged
    monkeypatch.setattr(evaluation, "JUDGED", 10)
    first, again = evaluation.split(world).judged, evaluation.split(world).judged
    assert len(everybody) == 30 and len(first) == 10 and set(first) < set(everybody)
    assert first.tolist() == sorted(again.tolist())


def test_repeats_are_allowed_in_lists_and_in_the_truth():
    world = snapshot([(0, 2, day) for day in range(9)] + [(0, 2, 20)])
    cut = evaluation.split(world)
    values = evaluation.measure(OwnFrequency().fit(cut.data, {}), cut).values
    assert values == {"recall": 1.0, "ndcg": 1.0, "map": 1.0, "hit_rate": 1.0}


def test_the_cut_leaves_the_last_tenth_in_time():
    world = snapshot([(0, 0, day) for day in range(100)])
    assert np.mean(world.interactions["occurred_at"] < evaluation.split(world).cut_at) == 0.9


def test_a_world_without_interactions_is_not_measured():
    assert evaluation.split(snapshot([])) is None
