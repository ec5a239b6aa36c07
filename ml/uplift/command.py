"""One business's customers, scored by how much a campaign would change: learn, compare with response, write."""

from typing import NamedTuple

import numpy as np
import psycopg

from ml import writing
from ml.lift import judgement, reading
from ml.progress import announcer
from ml.uplift.learners import LEARNERS, cross_fitted
from ml.uplift.qini import bootstrapped, judged

FEWEST = 500  # customers of a group, whose time is over
# Percent: that the best of several learners is ahead by chance is no more likely than of one (Bonferroni).
LOW, HIGH = 2.5 / len(LEARNERS), 100 - 2.5 / len(LEARNERS)


class Learned(NamedTuple):
    """Customers of a campaign: features (customers, features), whether treated, and whether they bought."""

    features: np.ndarray
    is_treated: np.ndarray
    bought: np.ndarray


class Comparison(NamedTuple):
    """How well a learner's uplift and response put the persuadable first, on customers that the models never saw."""

    learner: str
    customers: int
    qini: float
    qini_low: float
    qini_high: float
    area: float
    area_low: float
    area_high: float
    response_qini: float
    response_area: float
    advantage: float
    advantage_low: float
    advantage_high: float
    is_used: bool


def uplift(connection: psycopg.Connection, business: str) -> None:
    """Replace a business's scores of uplift; there are none unless they beat targeting by response beyond chance."""
    say = announcer(business)
    with writing.alone(connection, business), connection.transaction():
        reading.draw(connection, business)
        learned = largest(reading.campaigns(connection, business))
        models, scores = [], []
        if learned is None:
            say(f"skipped, fewer than {FEWEST} customers in a group of any comparable campaign")
        else:
            models = compared(learned)
            used = [found.learner for found in models if found.is_used]
            for learner in used:
                customers, features = reading.customers_now(connection, business)
                model = LEARNERS[learner](*learned)
                columns = model.uplift(features).tolist(), model.response(features).tolist()
                scores = list(zip(customers, *columns, strict=True))
            of_learners = ", ".join(f"{found.qini:.4f} by the {found.learner}-learner" for found in models)
            say(
                f"uplift's Qini {of_learners} beside response's {models[0].response_qini:.4f}: "
                f"{f'the {used[0]}-learner is used' if used else 'not used'}"
            )
        writing.replace(connection, "uplift_models", business, models)
        writing.replace(connection, "uplift_scores", business, scores)
    say(f"{len(scores):,} scores of uplift")


def largest(campaigns: list[reading.Campaign]) -> Learned | None:
    """Return the customers of the largest campaign whose groups are comparable, None where a group is too small.

    Of one only: campaigns hold out different shares of customers who buy differently often, and pooled these would
    pass for an effect.
    """
    found = [learned for campaign in campaigns if (learned := _learned(campaign))]
    return max(found, key=lambda learned: len(learned.bought), default=None)


def _learned(campaign: reading.Campaign) -> Learned | None:
    over = campaign.is_over
    is_treated = ~campaign.is_control[over]
    if min(is_treated.sum(), (~is_treated).sum()) < FEWEST:
        return None
    if judgement.verdict(campaign, judgement.balance(campaign)).verdict != "comparable":
        return None
    features = np.column_stack([campaign.values[name][over] for name in reading.COVARIATES])
    return Learned(features, is_treated, campaign.values["orders"][over] > 0)


def compared(learned: Learned) -> list[Comparison]:
    """Return how each learner does beside response, with bootstrap intervals over customers; at most one is used.

    It is the one with the highest Qini of those whose advantage is beyond chance.
    """
    scores = cross_fitted(*learned)
    groups = learned.is_treated, learned.bought
    judgements = {name: judged(score, *groups) for name, score in scores.items()}
    drawn = dict(zip(scores, bootstrapped(list(scores.values()), *groups).transpose(1, 2, 0), strict=True))
    of_response, drawn_of_response = judgements["response"], drawn["response"]
    found = []
    for learner in LEARNERS:
        areas, qinis = drawn[learner]
        intervals = (np.percentile(values, [LOW, HIGH]) for values in (qinis, areas, qinis - drawn_of_response[1]))
        (low, high), (area_low, area_high), (ahead_low, ahead_high) = (map(float, bounds) for bounds in intervals)
        found.append(
            Comparison(
                learner=learner,
                customers=len(learned.bought),
                qini=judgements[learner].qini,
                qini_low=low,
                qini_high=high,
                area=judgements[learner].area,
                area_low=area_low,
                area_high=area_high,
                response_qini=of_response.qini,
                response_area=of_response.area,
                advantage=judgements[learner].qini - of_response.qini,
                advantage_low=ahead_low,
                advantage_high=ahead_high,
                is_used=ahead_low > 0 and low > 0,
            )
        )
    best = max((row for row in found if row.is_used), key=lambda row: row.qini, default=None)
    return [row._replace(is_used=row is best) for row in found]
