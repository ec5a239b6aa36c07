"""The statistics of two groups, on arrays of any shape whose last axis are customers, or of their sums.

Differences are intention-to-treat: everybody counts in the group that they were drawn into, reached or not.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import chi2, ncx2, norm, t

CONFIDENCE, POWER = 0.95, 0.8
PLANNED = 5_000  # customers at which the always-valid interval is tightest; chosen before anybody looked


class Sample(NamedTuple):
    """How many there are, their mean, and their variance."""

    count: np.ndarray
    mean: np.ndarray
    variance: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> "Sample":
        """Sum up customers' values, in the unit of the values."""
        values = np.asarray(values, dtype=float)
        return cls(np.array(values.shape[-1]), values.mean(axis=-1), values.var(axis=-1, ddof=1))


class Effect(NamedTuple):
    """A difference of means, its standard error, and Welch's degrees of freedom."""

    difference: np.ndarray
    error: np.ndarray
    degrees: np.ndarray

    def interval(self, confidence: float = CONFIDENCE) -> tuple[np.ndarray, np.ndarray]:
        """Return the interval that covers the true difference so often, for who looks once."""
        half = t.isf((1 - confidence) / 2, self.degrees) * self.error
        return self.difference - half, self.difference + half

    def p_value(self) -> np.ndarray:
        """Return how likely so great a difference is where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.abs(self.difference) / self.error
        return np.where(self.difference == 0, 1.0, 2 * t.sf(score, self.degrees))

    def always_valid(self, customers: np.ndarray, confidence: float = CONFIDENCE) -> tuple[np.ndarray, np.ndarray]:
        """Return the interval that covers the true difference so often however often one looks and whenever one stops.

        An asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, "Time-uniform central
        limit theory and asymptotic confidence sequences", eq. 4), over the customers of both groups.
        """
        error_rate = 1 - confidence
        rho_squared = (-2 * np.log(error_rate) + np.log(1 - 2 * np.log(error_rate))) / PLANNED
        grown = customers * rho_squared
        half = self.error * np.sqrt(2 * (grown + 1) / grown * np.log(np.sqrt(grown + 1) / error_rate))
        return self.difference - half, self.difference + half

    def detectable(self, power: float = POWER) -> np.ndarray:
        """Return the smallest difference that groups of this size show with the power."""
        return (t.isf((1 - CONFIDENCE) / 2, self.degrees) + norm.ppf(power)) * self.error


def difference(treated: Sample, control: Sample) -> Effect:
    """Return by how much the treated differ (Welch 1947); each group needs two customers."""
    parts = treated.variance / treated.count, control.variance / control.count
    squared = parts[0] + parts[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = squared**2 / (parts[0] ** 2 / (treated.count - 1) + parts[1] ** 2 / (control.count - 1))
    smallest = np.minimum(treated.count, control.count) - 1
    return Effect(treated.mean - control.mean, np.sqrt(squared), np.where(squared > 0, degrees, smallest))


def adjusted(outcome: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the outcome less what its value before the campaign explains (CUPED), and the correlation of both.

    Deng, Xu, Kohavi, Walker (2013): the variance falls by the square of the correlation. Arrays of both groups
    together, customers on the last axis.
    """
    y = outcome - outcome.mean(axis=-1, keepdims=True)
    x = before - before.mean(axis=-1, keepdims=True)
    spread, shared = (x**2).mean(axis=-1), (x * y).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(spread > 0, shared / spread, 0.0)
        correlation = np.where(spread > 0, shared / np.sqrt(spread * (y**2).mean(axis=-1)), 0.0)
    return outcome - slope[..., None] * x, np.nan_to_num(correlation)


def split_p_value(counts: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return how likely so uneven a split is under the planned shares (chi-square); groups on the last axis."""
    expected = counts.sum(axis=-1, keepdims=True) * shares
    return chi2.sf(((counts - expected) ** 2 / expected).sum(axis=-1), counts.shape[-1] - 1)


def split_power(customers: int, planned: np.ndarray, real: np.ndarray, level: float) -> float:
    """Return how likely a split is found broken at a level where its real shares are others than the planned ones."""
    degrees = len(planned) - 1
    return float(ncx2.sf(chi2.isf(level, degrees), degrees, customers * ((real - planned) ** 2 / planned).sum()))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p-values such that any is below a level by chance no more often than the level (Holm 1979)."""
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    found = np.empty(len(p_values))
    found[order] = np.minimum(steps, 1.0)
    return found


def standardised_difference(treated: Sample, control: Sample) -> np.ndarray:
    """Return the difference of means in standard deviations (Austin 2009); 0 where nobody differs."""
    spread = np.sqrt((treated.variance + control.variance) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, (treated.mean - control.mean) / spread, 0.0)


def customers_needed(effect: Effect, customers: int) -> float | None:
    """Return how many customers, split as these, show the difference that was found with the usual power."""
    if effect.difference == 0 or effect.error == 0:
        return None
    return float(customers * (effect.detectable() / effect.difference) ** 2)
