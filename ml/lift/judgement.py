"""What may be said of a campaign: whether its groups can be compared, and by how much the treated differ."""

from typing import NamedTuple

import numpy as np
from scipy.stats import false_discovery_control

from ml.lift import statistics
from ml.lift.reading import COVARIATES, Campaign
from ml.lift.statistics import Sample

FEWEST = 50  # customers of a group: below it the normal law is a poor guide, and what is published speaks of few
BROKEN_SPLIT_BELOW = 0.001  # the level of Fabijan et al. (2019) and of GrowthBook for a mismatch of the sample ratio
IMBALANCE_ABOVE, IMBALANCE_BELOW = 0.1, 0.001  # standard deviations (Austin 2009), and p-value after Holm
LEFT_ALONE = "not_contacted"  # the arm of everybody else, where a campaign held nobody out
OUTCOMES = {"conversion_rate": "orders_before", "orders": "orders_before", "revenue": "revenue_before"}


class Balance(NamedTuple):
    """Whether a covariate from before the campaign differs between the treated and the control."""

    covariate: str
    treated_mean: float
    control_mean: float
    standardised_difference: float
    p_value: float


class Verdict(NamedTuple):
    """What may be said of a campaign, and why."""

    verdict: str
    reason: str
    treated: int
    control: int
    waiting: int
    planned_hold_out_share: float | None
    hold_out_share: float | None
    split_p_value: float | None


class Lift(NamedTuple):
    """By how much an arm differs from the control in an outcome, among the customers of a segment."""

    arm: str
    segment: str
    outcome: str
    treated: int
    control: int
    treated_mean: float
    control_mean: float
    difference: float
    low: float
    high: float
    relative_difference: float | None
    p_value: float
    p_value_holm: float
    q_value: float
    adjusted_difference: float
    adjusted_low: float
    adjusted_high: float
    correlation_with_before: float
    always_valid_low: float
    always_valid_high: float
    detectable_difference: float
    customers_needed: float | None
    incremental: float
    incremental_low: float
    incremental_high: float


def balance(campaign: Campaign) -> list[Balance]:
    """Return how alike all treated and the control were before; covariates that nobody differs in are left out."""
    found = []
    for name in COVARIATES:
        values = campaign.values[name]
        groups = Sample.of(values[~campaign.is_control]), Sample.of(values[campaign.is_control])
        if groups[0].variance + groups[1].variance > 0:
            effect = statistics.difference(*groups)
            standardised = statistics.standardised_difference(*groups)
            numbers = groups[0].mean, groups[1].mean, standardised, effect.p_value()
            found.append(Balance(name, *map(float, numbers)))
    if found:
        corrected = statistics.holm(np.array([row.p_value for row in found]))
        found = [row._replace(p_value=float(p)) for row, p in zip(found, corrected, strict=True)]
    return found


def verdict(campaign: Campaign, covariates: list[Balance]) -> Verdict:
    """Return whether the campaign's groups may be compared."""
    control = int(campaign.is_control.sum())
    treated = len(campaign.is_control) - control
    split = None
    if campaign.hold_out_share:
        planned = np.array([1 - campaign.hold_out_share, campaign.hold_out_share])
        split = float(statistics.split_p_value(np.array([treated, control]), planned))
    over = {kind: int((campaign.is_over & (campaign.is_control == kind)).sum()) for kind in (False, True)}
    waiting = len(campaign.is_over) - sum(over.values())
    name, reason = _verdict(campaign, covariates, split, over, waiting)
    found = control / (treated + control)
    return Verdict(name, reason, treated, control, waiting, campaign.hold_out_share, found, split)


def _verdict(campaign: Campaign, covariates, split: float | None, over: dict[bool, int], waiting: int):
    uneven = [
        row
        for row in covariates
        if abs(row.standardised_difference) > IMBALANCE_ABOVE and row.p_value < IMBALANCE_BELOW
    ]
    if not campaign.is_control.any():
        return "no control", "nobody was held out: nothing can be said of what the campaign caused"
    if split is not None and split < BROKEN_SPLIT_BELOW:
        found = campaign.is_control.mean()
        return "broken split", (
            f"{found:.1%} were held out instead of {campaign.hold_out_share:.1%} (p = {split:.2g}): who was lost or "
            "added is not known, so that the groups must not be compared"
        )
    if min(over.values()) < FEWEST:
        if waiting:
            return "waiting", f"the time in which purchases count is not over for {waiting:,} customers"
        return "too few", f"fewer than {FEWEST} customers in a group"
    if uneven:
        worst = max(uneven, key=lambda row: abs(row.standardised_difference))
        return "not random", (
            f"targeting was not random: {worst.covariate.replace('_', ' ')} differ by "
            f"{worst.standardised_difference:+.2f} standard deviations ({worst.treated_mean:.2f} of the contacted, "
            f"{worst.control_mean:.2f} of the others), so that differences after the campaign are not its effect"
        )
    if (campaign.arm[campaign.is_control] == LEFT_ALONE).any():
        return "unknown", (
            "nobody was held out; those who were left alone did not differ before the campaign by more than chance "
            "explains, which is no proof that chance chose them"
        )
    if covariates:
        return "comparable", "the groups differed before the campaign by no more than chance explains"
    if split is not None:
        return "comparable", "the split is the planned one; nothing is known of the customers before the campaign"
    return "unknown", "nothing is known of the customers before the campaign to judge its groups by"


def lifts(campaign: Campaign) -> list[Lift]:
    """Return the differences of each arm, segment and outcome, of customers whose time is over.

    The p-values are controlled over all of the campaign: Holm's for error, Benjamini and Hochberg's for discoveries.
    """
    found = []
    arms = sorted(set(campaign.arm[~campaign.is_control]))
    for arm in arms:
        for segment, is_in in campaign.segments.items():
            chosen = is_in & campaign.is_over & (campaign.is_control | (campaign.arm == arm))
            is_control = campaign.is_control[chosen]
            if min(is_control.sum(), (~is_control).sum()) < FEWEST:
                continue
            for outcome, before in OUTCOMES.items():
                numbers = campaign.values[outcome][chosen], campaign.values[before][chosen]
                found.append(Lift(arm, segment, outcome, *_difference(*numbers, is_control)))
    if not found:
        return []
    p_values = np.array([row.p_value for row in found])
    corrected = zip(statistics.holm(p_values), false_discovery_control(p_values), strict=True)
    return [
        row._replace(p_value_holm=float(of_holm), q_value=float(q))
        for row, (of_holm, q) in zip(found, corrected, strict=True)
    ]


def _difference(values: np.ndarray, before: np.ndarray, is_control: np.ndarray) -> tuple:
    treated, control = Sample.of(values[~is_control]), Sample.of(values[is_control])
    effect = statistics.difference(treated, control)
    low, high = effect.interval()
    less, correlation = statistics.adjusted(values, before)
    narrowed = statistics.difference(Sample.of(less[~is_control]), Sample.of(less[is_control]))
    count, p_value = int(treated.count), float(effect.p_value())
    relative = float(effect.difference / control.mean) if control.mean else None
    return (
        count,
        int(control.count),
        *map(float, (treated.mean, control.mean, effect.difference, low, high)),
        relative,
        *(p_value, p_value, p_value),
        *map(float, (narrowed.difference, *narrowed.interval(), correlation)),
        *map(float, effect.always_valid(len(values))),
        float(effect.detectable()),
        statistics.customers_needed(effect, len(values)),
        *map(float, (effect.difference * count, low * count, high * count)),
    )
