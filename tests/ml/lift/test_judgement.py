"""What is said of campaigns whose truth is known: arrays of customers as the marts would give them."""

import numpy as np
import pytest

from ml.lift import judgement
from ml.lift.command import increments
from ml.lift.reading import Campaign

EACH = 400


def campaign(seed=1, treated=EACH, control=EACH, *, effect=0.0, uneven=0.0, over=True, share=0.5, before=0.3):
    """A campaign whose treated buy `effect` oftener, and bought `uneven` oftener before it."""
    random, everyone = np.random.default_rng(seed), treated + control
    is_control = np.arange(everyone) >= treated
    bought_before = (random.random(everyone) < before + uneven * ~is_control).astype(float)
    orders = (random.random(everyone) < 0.2 + 0.4 * bought_before + effect * ~is_control).astype(float)
    values = {"orders": orders, "conversion_rate": orders, "revenue": orders * random.gamma(2, 20, everyone)}
    values |= {
        "orders_before": bought_before,
        "revenue_before": bought_before * 30,
        "visits_before": np.zeros(everyone),
    }
    return Campaign(
        campaign_id="spring",
        channel="Email",
        hold_out_share=share,
        arm=np.where(is_control, "hold_out", "treatment"),
        is_control=is_control,
        is_over=np.full(everyone, over),
        values=values,
        segments={"all": np.ones(everyone, bool), "bought before": bought_before > 0},
    )


def judged(made):
    return judgement.verdict(made, judgement.balance(made))


def test_groups_that_were_alike_are_comparable_and_the_planted_effect_lies_in_the_interval():
    made = campaign(effect=0.15)
    assert judged(made).verdict == "comparable"
    found = {(row.segment, row.outcome): row for row in judgement.lifts(made)}
    rate = found["all", "conversion_rate"]
    assert rate.low < 0.15 < rate.high and rate.p_value < rate.p_value_holm < 0.01
    assert rate.always_valid_low < rate.low and rate.high < rate.always_valid_high
    assert rate.adjusted_high - rate.adjusted_low < rate.high - rate.low
    assert rate.incremental == pytest.approx(rate.difference * EACH)
    assert found["bought before", "conversion_rate"].treated < EACH


def test_a_split_that_was_not_planned_so_blocks_all_comparison():
    said = judged(campaign(treated=EACH, control=EACH // 2))
    assert said.verdict == "broken split" and said.split_p_value < 1e-6
    assert "33.3% were held out instead of 50.0%" in said.reason


def test_targeting_by_what_customers_did_before_is_called_no_chance():
    said = judged(campaign(uneven=0.3, share=None))
    assert said.verdict == "not random"
    assert said.reason.startswith("targeting was not random: orders before differ by +0.7")


def test_chance_alone_is_hardly_ever_called_targeting():
    seeds = 300
    found = [judged(campaign(seed, 60, 60)).verdict for seed in range(seeds)]
    assert found.count("comparable") >= seeds - 3


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        (campaign(control=0, share=0), "no control"),
        (campaign(over=False), "waiting"),
        (campaign(treated=15, control=15), "too few"),
        (campaign(before=0.0, share=None), "unknown"),
    ],
)
def test_what_cannot_be_said_is_not_said(made, verdict):
    covariates = judgement.balance(made) if made.is_control.sum() > 1 else []
    said = judgement.verdict(made, covariates)
    assert said.verdict == verdict and said.reason


def test_only_customers_whose_time_is_over_are_compared():
    made = campaign()
    is_over = np.arange(2 * EACH) % 2 == 0
    assert judged(made._replace(is_over=is_over)).waiting == EACH
    assert {
        (row.treated, row.control) for row in judgement.lifts(made._replace(is_over=is_over)) if row.segment == "all"
    } == {(EACH // 2, EACH // 2)}


def test_whoever_was_left_alone_by_no_draw_is_no_control_however_alike():
    made = campaign(share=None)
    arms = np.where(made.is_control, "not_contacted", "treatment")
    said = judged(made._replace(arm=arms))
    assert said.verdict == "unknown" and "no proof that chance chose them" in said.reason


def test_each_arm_is_compared_with_the_same_control():
    made = campaign(treated=600, control=300, effect=0.1)
    arms = made.arm.copy()
    arms[:300] = "variant B"
    found = [
        row for row in judgement.lifts(made._replace(arm=arms)) if row.outcome == "orders" and row.segment == "all"
    ]
    assert [(row.arm, row.treated, row.control) for row in found] == [("treatment", 300, 300), ("variant B", 300, 300)]


def test_what_models_credit_stands_beside_what_comparable_campaigns_caused():
    row = judgement.Lift("treatment", "all", "orders", 100, 100, *[0.0] * 17, 10.0, 4.0, 16.0)
    lifts = [("spring", *row, "Email", True), ("autumn", *row, "Email", True), ("bad", *row, "Email", False)]
    credits = [("last", "spring", 30.0, 300.0), ("last", "autumn", 5.0, 50.0), ("last", "bad", 99.0, 999.0)]
    ((channel, outcome, model, credit, caused, low, high),) = increments(lifts, credits)
    assert (channel, outcome, model, credit, caused) == ("Email", "orders", "last", 35, 20)
    assert (low, high) == pytest.approx((20 - np.sqrt(72), 20 + np.sqrt(72)))
