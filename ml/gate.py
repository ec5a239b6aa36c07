"""May a challenger replace the champion? Checks with paired bootstrap intervals over customers (Efron 1979).

A challenger must see nothing of the future, give numbers, beat what is the same for everybody, not be worse than what
each customer bought most often, and not be worse than the champion: on the whole and on each protected slice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ml.evaluation import Measured
from ml.snapshot import Snapshot

METRIC = "ndcg"
RESAMPLES, SEED = 2000, 20
LEVEL, LEVEL_OF_A_SLICE = 0.95, 0.999  # of the intervals; slices are many, and one in twenty would fail by chance
# Shares of the champion's mean: a loss above the first is refused if its interval leaves no doubt that there is one,
# a loss above the second however wide the interval. Other seeds alone move the mean by a hundredth.
TOLERATED, TOLERATED_IN_A_SLICE = (0.02, 0.1), (0.2, 0.4)
FEWEST = 30  # judged customers; of fewer an interval says little
SAME_FOR_ALL = ("popular", "trending")
PERSONAL = "own_frequency"
EVERYBODY = "everybody"
ACTIVITY = ((1, "one basket"), (4, "few baskets"), (10**9, "many baskets"))


@dataclass(frozen=True)
class Check:
    """What a challenger was asked, and whether it passed.

    Attributes:
        against: the family it was compared with, `champion`, or empty.
        slice: whose lists were compared.
        difference, low, high: mean difference of NDCG@10 and its interval; None where nothing was compared.
    """

    name: str
    passed: bool
    against: str = ""
    slice: str = EVERYBODY
    customers: int = 0
    difference: float | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        """Return it as a line for humans."""
        if self.difference is None:
            return self.name
        whose = "" if self.slice == EVERYBODY else f" for {self.slice}"
        interval = f"{self.difference:+.4f} ({self.low:+.4f} to {self.high:+.4f}, {self.customers:,} customers)"
        return f"{self.name}{' ' + self.against if self.against else ''}{whose}: {METRIC}@10 {interval}"


def checks(
    challenger: Measured,
    baselines: dict[str, Measured],
    champion: Measured | None,
    slices: dict[str, np.ndarray],
    saw_the_future: bool,
) -> list[Check]:
    """Ask everything. All were measured on the same customers; `slices` are masks over all customers."""
    found = [
        Check("sees nothing that came after the cut", not saw_the_future),
        Check("gives every pair a number", challenger.is_finite),
    ]
    own, customers = challenger.values[METRIC], challenger.customers
    for name in SAME_FOR_ALL:
        found.append(_compared("better than", own, baselines[name].values[METRIC], name, must_be_better=True))
    found.append(_compared("not worse than", own, baselines[PERSONAL].values[METRIC], PERSONAL))
    if champion is not None:
        standing = champion.values[METRIC]
        found.append(_compared("not worse than", own, standing, "champion"))
        for name, members in slices.items():
            mask = members[customers]
            if mask.sum() >= FEWEST:
                found.append(_compared("not worse than", own[mask], standing[mask], "champion", name))
    return found


def _compared(name, own, other, against, slice_=EVERYBODY, must_be_better=False) -> Check:
    difference = own - other
    of_all = slice_ == EVERYBODY
    low, high = interval(difference, LEVEL if of_all else LEVEL_OF_A_SLICE)
    mean = float(difference.mean()) if len(difference) else 0.0
    if must_be_better:
        passed = mean > 0 and (low > 0 or len(difference) < FEWEST)
    else:
        small, great = TOLERATED if of_all else TOLERATED_IN_A_SLICE
        loss = -mean / other.mean() if len(other) and other.mean() > 0 else 0.0
        passed = len(difference) < FEWEST or not ((loss > small and high < 0) or loss > great)
    return Check(name, bool(passed), against, slice_, len(difference), mean, low, high)


def interval(difference: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean of paired differences, one a customer."""
    if not len(difference):
        return 0.0, 0.0
    random = np.random.default_rng(SEED)
    means = [difference[random.integers(0, len(difference), len(difference))].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def slices(snapshot: Snapshot, baskets: np.ndarray) -> dict[str, np.ndarray]:
    """Return named masks over customers: by how often they came (`baskets` a customer), attributes and segments."""
    return dict(_slices(snapshot, baskets))


def _slices(snapshot: Snapshot, baskets: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    least = 0
    for most, name in ACTIVITY:
        yield name, (baskets > least) & (baskets <= most)
        least = most
    for attribute, values in snapshot.attributes.items():
        words = np.array([str(value or "") for value in values], dtype=object)
        for value in sorted(set(words) - {""}):
            mask = words == value
            if mask.sum() >= FEWEST:
                yield f"{attribute} {value}", mask
    for segment, members in snapshot.segments.items():
        if len(members) >= FEWEST:
            mask = np.zeros(len(baskets), dtype=bool)
            mask[members] = True
            yield f"segment {segment}", mask
