"""Log-odds that one product is opened within the horizon: base rate, logistic regression, boosted trees.

What rises or falls from year to year is added afterwards (`drift`): trees cannot go on with a trend that they were
never shown. A model says of each row its log-odds, and what each feature adds to them.
"""

import lightgbm
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

FEWEST_OPENINGS = 20
ROUNDS = 150
PARAMS = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 4,
    "min_data_in_leaf": 100,
    "lambda_l2": 10.0,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}
RIDGE = 10.0


def rate(opened: np.ndarray, year: np.ndarray) -> float:
    """Return the share that opened in the latest panel, half an opening added so that it is never 0."""
    latest = opened[year == year.max(initial=-np.inf)]
    return (latest.sum() + 0.5) / (len(latest) + 1)


class Logistic:
    """Logistic regression on standardised features; of each feature a second column says that nobody knows it."""

    def __init__(self, features: np.ndarray, opened: np.ndarray):
        """Fit rows × features to whether each row opened."""
        self.scaler = StandardScaler().fit(_filled(features))
        self.model = LogisticRegression(max_iter=1000).fit(self.scaler.transform(_filled(features)), opened)

    def log_odds(self, features: np.ndarray) -> np.ndarray:
        """Return one value a row."""
        return self.model.decision_function(self.scaler.transform(_filled(features)))

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """Return rows × features."""
        parts = self.scaler.transform(_filled(features)) * self.model.coef_
        return parts[:, : features.shape[1]] + parts[:, features.shape[1] :]


class Boosted:
    """Gradient boosted trees of three splits each, slow and strongly shrunk: there are few openings."""

    def __init__(self, features: np.ndarray, opened: np.ndarray):
        """Fit rows × features to whether each row opened."""
        self.model = lightgbm.train(PARAMS, lightgbm.Dataset(features, opened), ROUNDS)

    def log_odds(self, features: np.ndarray) -> np.ndarray:
        """Return one value a row."""
        return self.model.predict(features, raw_score=True)

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """Return rows × features (Shapley values of trees: Lundberg and others 2020)."""
        return self.model.predict(features, pred_contrib=True)[:, :-1]


FAMILIES = {"logistic": Logistic, "boosted": Boosted}


def drift(log_odds: np.ndarray, opened: np.ndarray, year: np.ndarray, at: float) -> float:
    """Return what to add to log-odds in the year `at`: the level and the yearly trend that past panels still show.

    Logistic regression with the log-odds as offset. Panels of one year overlap, so that a row counts by the share of a
    year that lies between panels; a ridge keeps the trend of few openings small. Of one panel there is no trend.
    """
    years = np.unique(year)
    if len(years) < 2:
        return 0.0
    weight = min(1.0, (years[-1] - years[0]) / (len(years) - 1))
    since = year - years[-1]

    def loss(found: np.ndarray) -> tuple[float, np.ndarray]:
        shifted = log_odds + found[0] + found[1] * since
        wrong = weight * (expit(shifted) - opened)
        value = weight * (np.logaddexp(0, shifted) - opened * shifted).sum() + RIDGE * found[1] ** 2 / 2
        return value, np.array([wrong.sum(), (wrong * since).sum() + RIDGE * found[1]])

    level, trend = minimize(loss, np.zeros(2), jac=True, method="BFGS").x
    return float(level + trend * (at - years[-1]))


def _filled(features: np.ndarray) -> np.ndarray:
    return np.hstack([np.nan_to_num(features), np.isnan(features)])
