"""How well an order of customers puts the persuadable first: Qini coefficient and area under the uplift curve.

Radcliffe (2007), "Using control groups to target on predicted lift"; the curve at a share of customers is what treating
them brought beyond their control, per customer of all.
"""

from typing import NamedTuple

import numpy as np

REPEATS, SEED, POINTS = 400, 12, 100


class Judgement(NamedTuple):
    """The area under the uplift curve and the Qini coefficient: that area less the one of targeting at random."""

    area: float
    qini: float


def curve(score: np.ndarray, is_treated: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """Return the gain after each hundredth of the customers, the best score first, starting from nobody."""
    order = np.argsort(-score, kind="stable")
    treated, outcome = is_treated[order].astype(float), bought[order].astype(float)
    counts = np.cumsum(treated), np.cumsum(1 - treated)
    sums = np.cumsum(outcome * treated), np.cumsum(outcome * (1 - treated))
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.nan_to_num(sums[0] / counts[0] - sums[1] / counts[1]) * (counts[0] + counts[1]) / len(score)
    places = np.linspace(0, len(score), POINTS + 1).astype(int)
    return np.concatenate([[0.0], gain])[places]


def judged(score: np.ndarray, is_treated: np.ndarray, bought: np.ndarray) -> Judgement:
    """Return how good the order of a score is."""
    gain = curve(score, is_treated, bought)
    area = float(np.trapezoid(gain, dx=1 / POINTS))
    return Judgement(area, area - float(gain[-1]) / 2)


def bootstrapped(scores: list[np.ndarray], is_treated: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """Return the judgement of each score on the same customers drawn anew: an array (repeats, scores, area and Qini).

    Customers are drawn within their group, so that the groups keep their sizes.
    """
    random = np.random.default_rng(SEED)
    groups = np.flatnonzero(is_treated), np.flatnonzero(~is_treated)
    found = np.empty((REPEATS, len(scores), 2))
    for repeat in range(REPEATS):
        drawn = np.concatenate([random.choice(group, len(group)) for group in groups])
        random.shuffle(drawn)
        found[repeat] = [judged(score[drawn], is_treated[drawn], bought[drawn]) for score in scores]
    return found
