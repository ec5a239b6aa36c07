"""How often and for how much customers will buy: BG/NBD and Gamma-Gamma by their published likelihoods.

Fader, Hardie, Lee (2005), "Counting Your Customers the Easy Way"; Fader, Hardie (2013), "The Gamma-Gamma Model of
Monetary Value". Time is counted in weeks from a customer's first purchase.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1

FARTHEST = 8.0  # of a parameter's logarithm from 0: beyond it the data do not say where it lies


@dataclass(frozen=True)
class Histories:
    """Customers' purchases: how many after the first, when the last of them, and how long each was watched."""

    repeats: np.ndarray
    last_week: np.ndarray
    weeks: np.ndarray


@dataclass(frozen=True)
class BetaGeometric:
    """Customers buy at rates of Gamma(r, alpha) and leave after a purchase with a chance of Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, histories: Histories) -> "BetaGeometric":
        """Return the parameters under which the histories are most likely."""
        columns = np.column_stack([histories.repeats, histories.last_week, histories.weeks])
        distinct, counts = np.unique(columns, axis=0, return_counts=True)
        return cls(*_most_likely(lambda *values: counts @ cls(*values).log_likelihood(Histories(*distinct.T)), 4))

    def log_likelihood(self, histories: Histories) -> np.ndarray:
        """Return the logarithm of each history's likelihood."""
        x, stayed = histories.repeats, self.r + histories.repeats
        shared = gammaln(stayed) - gammaln(self.r) + self.r * np.log(self.alpha)
        shared += gammaln(self.a + self.b) + gammaln(self.b + x) - gammaln(self.b) - gammaln(self.a + self.b + x)
        alive = -stayed * np.log(self.alpha + histories.weeks)
        return shared + np.logaddexp(alive, self._log_left(histories))

    def alive(self, histories: Histories) -> np.ndarray:
        """Return the probability that each customer will buy again at some time; 1 for who bought once."""
        alive = -(self.r + histories.repeats) * np.log(self.alpha + histories.weeks)
        return 1 / (1 + np.exp(np.minimum(self._log_left(histories) - alive, 700)))

    def silent(self, histories: Histories, weeks: float) -> np.ndarray:
        """Return the probability of no purchase within the weeks ahead."""
        watched = self.alpha + histories.weeks
        return 1 - self.alive(histories) * (1 - (watched / (watched + weeks)) ** (self.r + histories.repeats))

    def expected(self, histories: Histories, weeks: float) -> np.ndarray:
        """Return the expected number of purchases within the weeks ahead (their eq. 10, by Euler's transformation)."""
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        top = a + self.b + histories.repeats - 1
        ahead = weeks / (self.alpha + histories.weeks + weeks)
        series = (1 - ahead) ** (a - 1) * hyp2f1(a + self.b - 1 - self.r, a - 1, top, ahead)
        return self.alive(histories) * top / (a - 1) * (1 - series)

    def _log_left(self, histories: Histories) -> np.ndarray:
        x = histories.repeats
        left = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1)
        left = left - (self.r + x) * np.log(self.alpha + histories.last_week)
        return np.where(x > 0, left, -np.inf)


@dataclass(frozen=True)
class GammaGamma:
    """Purchases of a customer are worth Gamma(p, v), and v differs among customers as Gamma(q, gamma), q above 1."""

    p: float
    q: float
    gamma: float

    @classmethod
    def fit(cls, purchases: np.ndarray, mean_value: np.ndarray) -> "GammaGamma":
        """Return the parameters under which the customers' mean values are most likely."""
        scale = float(np.mean(mean_value))

        def likelihood(p, q, gamma):
            return cls(p, q + 1, gamma).log_likelihood(purchases, mean_value / scale).sum()

        p, q, gamma = _most_likely(likelihood, 3)
        return cls(p, q + 1, gamma * scale)

    def log_likelihood(self, purchases: np.ndarray, mean_value: np.ndarray) -> np.ndarray:
        """Return the logarithm of the likelihood of each customer's mean value over so many purchases."""
        shape = self.p * purchases
        return (
            gammaln(shape + self.q)
            - gammaln(shape)
            - gammaln(self.q)
            + self.q * np.log(self.gamma)
            + (shape - 1) * np.log(mean_value)
            + shape * np.log(purchases)
            - (shape + self.q) * np.log(self.gamma + purchases * mean_value)
        )

    def expected(self, purchases: np.ndarray, mean_value: np.ndarray) -> np.ndarray:
        """Return what a purchase of each customer is worth on average, between their own mean and everyone's."""
        return self.p * (self.gamma + purchases * mean_value) / (self.p * purchases + self.q - 1)


def _most_likely(log_likelihood: Callable[..., float], count: int) -> list[float]:
    """Return the positive parameters that make a log-likelihood greatest, the best of climbs from three places."""
    climbs = [
        minimize(
            lambda logs: -log_likelihood(*np.exp(logs)),
            np.full(count, start),
            method="L-BFGS-B",
            bounds=[(-FARTHEST, FARTHEST)] * count,
        )
        for start in (-1.0, 0.0, 1.0)
    ]
    return np.exp(min(climbs, key=lambda climb: climb.fun).x).tolist()
