"""One business's customers, scored by how much a campaign would change: learn, compare with response, write."""

from typing import NamedTuple

import numpy as np
import psycopg

from ml import writing
from ml.lift import judgement, reading
from ml.progress import announcer
from ml.uplift.learners import Persuasion, cross_fitted
from ml.uplift.qini import bootstrapped, judged

FEWEST = 500  # customers of a group, whose time is over
LOW, HIGH = 2.5, 97.5  # percent


class Learned(NamedTuple):
    """Customers of a campaign: features (customers, features), whether treated, and whether they bought."""

    features: np.ndarray
    is_treated: np.ndarray
    bought: np.ndarray


class Comparison(NamedTuple):
    """How well uplift and response put the persuadable first, on customers that the models never saw."""

    customers: int
    qini: float
    qini_low: float
    qini_high: float
    area: float
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
            found = compared(learned)
            models = [found]
            if found.is_used:
                customers, features = reading.customers_now(connection, business)
                model = Persuasion(*learned)
                columns = model.uplift(features).tolist(), model.response(features).tolist()
                scores = list(zip(customers, *columns, strict=True))
            say(
                f"uplift's Qini {found.qini:.4f} beside response's {found.response_qini:.4f}: "
                f"{'used' if found.is_used else 'not used'}"
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


def compared(learned: Learned) -> Comparison:
    """Return how uplift does beside response, with bootstrap intervals over customers."""
    scores = cross_fitted(*learned)
    groups = learned.is_treated, learned.bought
    of_uplift, of_response = (judged(score, *groups) for score in scores)
    drawn = bootstrapped(list(scores), *groups)
    ahead = drawn[:, 0] - drawn[:, 1]
    bounds = [*np.percentile(drawn[:, 0], [LOW, HIGH]), *np.percentile(ahead, [LOW, HIGH])]
    low, high, ahead_low, ahead_high = map(float, bounds)
    return Comparison(
        customers=len(learned.bought),
        qini=of_uplift.qini,
        qini_low=low,
        qini_high=high,
        area=of_uplift.area,
        response_qini=of_response.qini,
        response_area=of_response.area,
        advantage=of_uplift.qini - of_response.qini,
        advantage_low=ahead_low,
        advantage_high=ahead_high,
        is_used=ahead_low > 0 and low > 0,
    )
