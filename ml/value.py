"""One business's customers and what they will be worth: read, fit, measure on the last quarter, write."""

import json
from dataclasses import asdict, dataclass

import numpy as np
import psycopg

from ml import reading, writing
from ml.lifetime_value import BetaGeometric, GammaGamma, Histories
from ml.progress import announcer

SOON_WEEKS = 13
LIFETIME_WEEKS = 52
HELD_OUT_SHARE = 0.25
FEWEST_BUYERS, FEWEST_REPEATERS = 50, 10


@dataclass(frozen=True)
class Purchases:
    """Days on which customers bought, in order of customer and day: position of the customer, day, revenue."""

    customer: np.ndarray
    day: np.ndarray
    revenue: np.ndarray

    def before(self, day: int) -> "Purchases":
        """Return what was bought before a day."""
        keep = self.day < day
        return Purchases(self.customer[keep], self.day[keep], self.revenue[keep])


@dataclass(frozen=True)
class Summary:
    """What the models see of each customer who bought: position, history, days of purchase, mean revenue of one."""

    customer: np.ndarray
    histories: Histories
    purchases: np.ndarray
    mean_value: np.ndarray

    @classmethod
    def of(cls, bought: Purchases, until: int) -> "Summary":
        """Summarise purchases as of the end of a day."""
        customer, first, purchases = np.unique(bought.customer, return_index=True, return_counts=True)
        since, last = bought.day[first], bought.day[first + purchases - 1]
        revenue = np.add.reduceat(bought.revenue, first)
        histories = Histories((purchases - 1).astype(float), (last - since) / 7, (until - since) / 7)
        return cls(customer, histories, purchases, revenue / purchases)

    def is_enough(self) -> bool:
        """Say whether there is enough to tell the parameters from."""
        return len(self.customer) >= FEWEST_BUYERS and (self.histories.repeats > 0).sum() >= FEWEST_REPEATERS


def value(connection: psycopg.Connection, business: str) -> None:
    """Replace a business's lifetime values by those of its purchases as they are now."""
    say = announcer(business)
    with writing.alone(connection, business), connection.transaction():
        customer_ids, rows, until = reading.purchases(connection, business)
        bought = Purchases(rows["customer"], rows["day"], rows["revenue"])
        models, values = [], []
        summary = Summary.of(bought, until) if len(rows) else None
        if summary is None or not summary.is_enough():
            say(f"skipped, fewer than {FEWEST_BUYERS} buyers or {FEWEST_REPEATERS} who bought again")
        else:
            buying, spending = fitted(summary)
            models = [_model(buying, spending, len(summary.customer), held_out(bought, until))]
            values = list(_values(customer_ids, summary, buying, spending))
        writing.replace(connection, "value_models", business, models)
        count = writing.replace(connection, "lifetime_values", business, values)
    say(f"{count:,} lifetime values")


def fitted(summary: Summary) -> tuple[BetaGeometric, GammaGamma]:
    """Return the models of how often and for how much."""
    return BetaGeometric.fit(summary.histories), GammaGamma.fit(summary.purchases, summary.mean_value)


def held_out(bought: Purchases, until: int) -> tuple[float, float] | None:
    """Return the root mean square error of the last quarter's purchases as foretold, and as the mean so far foretells.

    None where there is too little before that quarter.
    """
    first = int(bought.day.min())
    cut = until - int((until - first) * HELD_OUT_SHARE)
    before = bought.before(cut)
    summary = Summary.of(before, cut - 1) if len(before.day) else None
    if summary is None or not summary.is_enough():
        return None
    later = np.bincount(bought.customer[bought.day >= cut], minlength=bought.customer.max() + 1)[summary.customer]
    weeks, seen = (until - cut + 1) / 7, summary.histories
    foretold = BetaGeometric.fit(seen).expected(seen, weeks)
    naive = seen.repeats.sum() / seen.weeks.sum() * weeks
    return tuple(float(np.sqrt(np.mean((guess - later) ** 2))) for guess in (foretold, naive))


def _model(buying: BetaGeometric, spending: GammaGamma, customers: int, errors: tuple[float, float] | None) -> tuple:
    parameters = json.dumps(asdict(buying) | asdict(spending))
    return (parameters, customers, *(errors or (None, None)))


def _values(customer_ids: list[str], summary: Summary, buying: BetaGeometric, spending: GammaGamma):
    seen = summary.histories
    worth = spending.expected(summary.purchases, summary.mean_value)
    columns = (
        buying.alive(seen),
        buying.expected(seen, SOON_WEEKS),
        buying.silent(seen, SOON_WEEKS),
        worth,
        buying.expected(seen, LIFETIME_WEEKS) * worth,
    )
    for customer, *numbers in zip(summary.customer, *columns, strict=True):
        yield customer_ids[customer], *map(float, numbers)
