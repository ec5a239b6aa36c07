"""A thousand seeds through the statistics: each promise is counted on worlds whose effect is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.lift.statistics import (
    PLANNED,
    Effect,
    Sample,
    adjusted,
    customers_needed,
    difference,
    holm,
    split_p_value,
    split_power,
    standardised_difference,
)

SEEDS, EACH = 1000, 1000
PLANTED_RATE, PLANTED_REVENUE = 0.04, 3.0


def rates(random, planted, seeds=SEEDS, each=EACH):
    """Who bought, as 0 and 1, of treated and held out customers: (seeds, customers) each."""
    return [(random.random((seeds, each)) < chance).astype(float) for chance in (0.1 + planted, 0.1)]


def revenues(random, planted, seeds=SEEDS, each=EACH):
    """What customers spent: most nothing, some much."""
    groups = [random.gamma(0.5, 60, (seeds, each)) * (random.random((seeds, each)) < 0.3) for _ in range(2)]
    return groups[0] + planted * 4 * (random.random((seeds, each)) < 0.25), groups[1]


@pytest.mark.parametrize(("world", "planted"), [(rates, PLANTED_RATE), (revenues, PLANTED_REVENUE)])
def test_the_interval_covers_the_planted_effect_as_often_as_it_says(world, planted):
    treated, control = world(np.random.default_rng(11), planted)
    low, high = difference(Sample.of(treated), Sample.of(control)).interval()
    covered = np.mean((low <= planted) & (planted <= high))
    print(f"\n{world.__name__}: the 95 % interval covers the planted effect in {covered:.1%} of {SEEDS:,} seeds")
    assert 0.93 <= covered <= 0.97


@pytest.mark.parametrize("world", [rates, revenues])
def test_where_nothing_was_caused_one_run_in_twenty_seems_to_show_something(world):
    treated, control = world(np.random.default_rng(12), 0.0)
    alarms = np.mean(difference(Sample.of(treated), Sample.of(control)).p_value() < 0.05)
    print(f"\n{world.__name__}: {alarms:.1%} of {SEEDS:,} A/A runs are significant")
    assert 0.03 <= alarms <= 0.07


def by_day(values, days):
    """The sample after each day, as many customers a day: arrays of (seeds, days)."""
    shape = (*values.shape[:-1], days, values.shape[-1] // days)
    sums, squares = (np.cumsum(v.reshape(shape).sum(axis=-1), axis=-1) for v in (values, values**2))
    count = np.arange(1, days + 1) * shape[-1]
    return Sample(count, sums / count, (squares - sums**2 / count) / (count - 1))


@pytest.mark.parametrize("world", [rates, revenues])
def test_who_looks_every_day_is_not_fooled_by_the_always_valid_interval(world):
    days = 40
    treated, control = (by_day(group, days) for group in world(np.random.default_rng(13), 0.0, each=4000))
    effect = difference(treated, control)
    low, high = effect.always_valid(treated.count + control.count)
    alarms = np.mean(((low > 0) | (high < 0)).any(axis=-1))
    naive = np.mean((effect.p_value() < 0.05).any(axis=-1))
    bound = 0.05 + 2 * np.sqrt(0.05 * 0.95 / SEEDS)
    print(f"\n{world.__name__}: looking on {days} days, {alarms:.1%} false alarms (5 % + 2 s.e.: {bound:.1%})", end="")
    print(f"; with the plain interval {naive:.1%}")
    assert alarms <= bound < naive


def test_at_the_planned_size_the_always_valid_interval_is_half_as_wide_again():
    effect = Effect(np.array(0.0), np.array(1.0), np.array(1e9))
    ratio = effect.always_valid(PLANNED)[1] / effect.interval()[1]
    assert ratio == pytest.approx(3.035 / 1.960, abs=0.001)  # by hand from the paper's equation
    wider = [effect.always_valid(customers)[1] for customers in (PLANNED / 100, PLANNED * 100)]
    assert min(wider) > effect.always_valid(PLANNED)[1]


def test_the_always_valid_interval_shows_a_planted_effect_in_the_end():
    treated, control = rates(np.random.default_rng(14), PLANTED_RATE, each=4000)
    low, _ = difference(Sample.of(treated), Sample.of(control)).always_valid(8000)
    assert np.mean(low > 0) > 0.8


@pytest.mark.parametrize(("customers", "real"), [(2_000, 0.55), (10_000, 0.52), (20_000, 0.52), (5_000, 0.5)])
def test_a_broken_split_is_found_as_often_as_its_size_predicts(customers, real):
    planned, level = np.array([0.5, 0.5]), 0.001
    treated = np.random.default_rng(15).binomial(customers, real, 10_000)
    found = np.mean(split_p_value(np.stack([treated, customers - treated], axis=-1), planned) < level)
    predicted = split_power(customers, planned, np.array([real, 1 - real]), level)
    print(f"\n{customers:,} customers split {real:.0%} instead of 50 %: predicted {predicted:.1%}, found {found:.1%}")
    assert found == pytest.approx(predicted, abs=0.02)


@pytest.mark.parametrize("correlation", [0.3, 0.6, 0.9])
def test_what_was_before_narrows_the_interval_as_theory_says(correlation):
    random = np.random.default_rng(16)
    before = random.normal(3, 1, (SEEDS, 2 * EACH))
    outcome = correlation * before + np.sqrt(1 - correlation**2) * random.normal(size=before.shape)
    outcome[:, :EACH] += 0.1
    less, found = adjusted(outcome, before)
    plain, narrowed = (difference(Sample.of(y[:, :EACH]), Sample.of(y[:, EACH:])) for y in (outcome, less))
    ratio, theory = np.mean(narrowed.error / plain.error), np.sqrt(1 - correlation**2)
    low, high = narrowed.interval()
    covered = np.mean((low <= 0.1) & (high >= 0.1))
    print(f"\ncorrelation {correlation}: {ratio:.3f} as wide, in theory {theory:.3f}; covers {covered:.1%}")
    assert ratio == pytest.approx(theory, abs=0.01) and found.mean() == pytest.approx(correlation, abs=0.01)
    assert 0.93 <= covered <= 0.97


def test_what_was_before_and_says_nothing_changes_nothing():
    outcome = np.random.default_rng(17).normal(size=500)
    less, correlation = adjusted(outcome, np.zeros(500))
    assert (less == outcome).all() and correlation == 0


def test_the_least_effect_that_can_be_found_is_found_four_times_in_five():
    random = np.random.default_rng(18)
    treated, control = revenues(random, 0.0)
    least = np.mean(difference(Sample.of(treated), Sample.of(control)).detectable())
    found = np.mean(difference(Sample.of(treated + least), Sample.of(control)).p_value() < 0.05)
    print(f"\nan effect of {least:.2f} is found in {found:.1%} of {SEEDS:,} seeds, promised 80 %")
    assert found == pytest.approx(0.8, abs=0.05)


def test_the_customers_to_plan_with_find_the_effect_four_times_in_five():
    effect = Effect(np.array(0.02), np.array(0.012), np.array(1e6))
    needed = customers_needed(effect, 1000)
    error = 0.012 * np.sqrt(1000 / needed)
    assert Effect(np.array(0.02), np.array(error), np.array(1e6)).detectable() == pytest.approx(0.02)
    assert customers_needed(effect._replace(difference=np.array(0.0)), 1000) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holms_p_values_are_those_of_slow_and_obvious_code(p_values):
    ranked = sorted(range(len(p_values)), key=lambda at: p_values[at])
    expected, highest = {}, 0.0
    for place, at in enumerate(ranked):
        highest = max(highest, min(p_values[at] * (len(p_values) - place), 1.0))
        expected[at] = highest
    assert holm(np.array(p_values)).tolist() == pytest.approx([expected[at] for at in range(len(p_values))])


def test_of_many_comparisons_without_effect_hardly_any_family_shows_one():
    p_values = np.random.default_rng(19).random((SEEDS, 12))
    alarms = np.mean([holm(family).min() < 0.05 for family in p_values])
    print(
        f"\n12 comparisons: {alarms:.1%} of families show something; unadjusted {np.mean(p_values.min(1) < 0.05):.1%}"
    )
    assert alarms <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / SEEDS)


def test_groups_without_any_spread_differ_by_nothing():
    flat = Sample.of(np.zeros(50))
    effect = difference(flat, flat)
    assert effect.p_value() == 1 and effect.interval() == (0, 0)
    assert standardised_difference(flat, flat) == 0
