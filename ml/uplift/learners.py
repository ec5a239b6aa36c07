"""Scores of customers for a campaign: by what it would change (T-learner), and by what they would do if treated.

Künzel, Sekhon, Bickel, Yu (2019), "Metalearners for estimating heterogeneous treatment effects using machine learning".
"""

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.model_selection import StratifiedKFold

FOLDS, SEED = 5, 11
PARAMETERS = {"n_estimators": 80, "learning_rate": 0.05, "num_leaves": 7, "min_child_samples": 30, "reg_lambda": 5.0}
PARAMETERS |= {"random_state": SEED, "n_jobs": 1, "deterministic": True, "verbosity": -1}


class Persuasion:
    """How likely a customer buys if treated, and if left alone: two models, each learned on its own group."""

    def __init__(self, features: np.ndarray, is_treated: np.ndarray, bought: np.ndarray):
        """Learn from customers: features (customers, features), and two arrays of booleans."""
        self.treated = _classifier(features[is_treated], bought[is_treated])
        self.left_alone = _classifier(features[~is_treated], bought[~is_treated])

    def response(self, features: np.ndarray) -> np.ndarray:
        """Return how likely each customer buys if treated, 0..1."""
        return self.treated(features)

    def uplift(self, features: np.ndarray) -> np.ndarray:
        """Return by how much treating raises that, -1..1."""
        return self.treated(features) - self.left_alone(features)


def cross_fitted(features: np.ndarray, is_treated: np.ndarray, bought: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return uplift and response of each customer by models that never saw the customer."""
    uplift, response = np.empty((2, len(bought)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for learned, judged in folds.split(features, 2 * is_treated + bought):
        model = Persuasion(features[learned], is_treated[learned], bought[learned])
        uplift[judged], response[judged] = model.uplift(features[judged]), model.response(features[judged])
    return uplift, response


def _classifier(features: np.ndarray, bought: np.ndarray):
    if bought.all() or not bought.any():
        share = float(bought.mean())
        return lambda rows: np.full(len(rows), share)
    model = LGBMClassifier(**PARAMETERS).fit(features, bought)
    return lambda rows: model.booster_.predict(rows)
