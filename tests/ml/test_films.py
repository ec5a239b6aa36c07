"""Ratings of films: nobody comes back, so each one's last fifth is foretold from the rest; only what is new counts."""

import numpy as np
import pytest

from ml import evaluation, models
from tests.ml import films as movielens
from tests.ml.withheld import judged
from tests.real_data import needs

RESAMPLES = 2_000
pytestmark = [pytest.mark.slow, pytest.mark.real_data, pytest.mark.timeout(1200), needs("ml-100k")]


@pytest.fixture(scope="module")
def films():
    return movielens.films()


def test_two_stages_foretell_new_films_better_than_any_family_alone(films):
    cut = evaluation.split(films)
    assert cut.cut_at is None and len(cut.judged) == 943
    found = {name: evaluation.measure_new(model, cut).values["ndcg"] for name, model in models.fitting(cut.data)}
    ours, random = found.pop("two_stage"), np.random.default_rng(1)
    print(f"\ntwo_stage {ours.mean():.4f}")
    for name, alone in found.items():
        gain = ours - alone
        means = gain[random.integers(0, len(gain), (RESAMPLES, len(gain)))].mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        print(f"{name:14s} {alone.mean():.4f}  two_stage is better by {low:.4f} to {high:.4f}")
        assert low > 0


@pytest.mark.parametrize("seed", range(1, 5))
def test_films_that_nobody_rated_yet_are_ranked_far_better_than_by_the_cosine_of_their_genres(films, seed):
    ours, cosine = judged(films, seed)
    print(f"\nnewcomers {ours.mean():.4f}, content {cosine.mean():.4f}, ratio {ours.mean() / cosine.mean():.3f}")
    assert ours.mean() > 1.25 * cosine.mean()
