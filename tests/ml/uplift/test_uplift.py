"""Worlds in which it is known who is persuadable: learners, Qini, and that uplift is off unless it beats response."""

import numpy as np
import pytest

from ml.uplift.command import Learned, compared
from ml.uplift.learners import Persuasion
from ml.uplift.qini import curve, judged

CUSTOMERS = 8_000


def world(persuades, seed=3):
    """Loyal customers buy anyway; what a campaign adds depends on who they are as `persuades(loyal)` says."""
    random = np.random.default_rng(seed)
    loyal = random.random(CUSTOMERS)
    features = np.column_stack([loyal, random.normal(size=CUSTOMERS), random.normal(size=CUSTOMERS)])
    is_treated = random.random(CUSTOMERS) < 0.5
    bought = random.random(CUSTOMERS) < 0.1 + 0.6 * loyal + is_treated * persuades(loyal)
    return Learned(features, is_treated, bought)


def test_who_buys_anyway_is_told_from_who_is_persuaded_and_uplift_is_used():
    learned = world(lambda loyal: 0.3 * (loyal < 0.4))
    found = compared(learned)
    print(f"\nQini of uplift {found.qini:.4f} [{found.qini_low:.4f}, {found.qini_high:.4f}], ", end="")
    print(f"of response {found.response_qini:.4f}; areas {found.area:.4f} and {found.response_area:.4f}")
    assert found.is_used and min(found.qini_low, found.advantage_low) > 0
    model, features = Persuasion(*learned), np.zeros((2, 3))
    features[:, 0] = 0.2, 0.8
    persuadable, loyal = model.uplift(features)
    assert persuadable > 0.15 > 0.1 > loyal
    assert model.response(features)[1] > model.response(features)[0]


def test_where_all_are_persuaded_alike_uplift_hardly_ever_comes_on():
    used = sum(compared(world(lambda loyal: 0.15, seed)).is_used for seed in range(4, 16))
    print(f"\nused in {used} of 12 worlds without anything to find")
    assert used <= 1


def test_the_perfect_order_is_worth_most_the_reverse_least_and_chance_nothing():
    learned = world(lambda loyal: 0.3 * (loyal < 0.4), seed=6)
    loyal, groups = learned.features[:, 0], (learned.is_treated, learned.bought)
    best, worst = judged(-(loyal >= 0.4).astype(float), *groups), judged((loyal >= 0.4).astype(float), *groups)
    chance = judged(np.random.default_rng(7).random(CUSTOMERS), *groups)
    assert best.qini > 0.02 and worst.qini < -0.02 and abs(chance.qini) < 0.01
    assert best.area > chance.area > worst.area


def test_the_curve_ends_in_the_effect_on_everybody():
    learned = world(lambda loyal: 0.2, seed=8)
    treated, control = (learned.bought[learned.is_treated == group].mean() for group in (True, False))
    gain = curve(learned.features[:, 0], learned.is_treated, learned.bought)
    assert gain[0] == 0 and gain[-1] == pytest.approx(treated - control)
