"""Scores of customers for a campaign: by what it would change (T- and X-learner), and by what they would do if treated.

Künzel, Sekhon, Bickel, Yu (2019), "Metalearners for estimating heterogeneous treatment effects using machine learning".
"""

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.model_selection import StratifiedKFold

FOLDS, SEED = 5, 11
PARAMETERS = {"n_estimators": 80, "learning_rate": 0.05, "num_leaves": 7, "min_child_samples": 30, "reg_lambda": 5.0}
PARAMETERS |= {"random_state": SEED, "n_jobs": 1, "deterministic": True, "verbosity": -1}


class TLearner:
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


class XLearner(TLearner):
    """What each customer did beside what the other group's model foretells, learned by two models more.

    Where one group is much smaller, its model is the poorer one; so the other group's differences count for more.
    """

    def __init__(self, features: np.ndarray, is_treated: np.ndarray, bought: np.ndarray):
        """Learn from customers: features (customers, features), and two arrays of booleans."""
        super().__init__(features, is_treated, bought)
        treated, left_alone = features[is_treated], features[~is_treated]
        self.share = is_treated.mean()
        self.gained = LGBMRegressor(**PARAMETERS).fit(treated, bought[is_treated] - self.left_alone(treated))
        self.forgone = LGBMRegressor(**PARAMETERS).fit(left_alone, self.treated(left_alone) - bought[~is_treated])

    def uplift(self, features: np.ndarray) -> np.ndarray:
        """Return by how much treating raises how likely each customer buys."""
        gained, forgone = (model.booster_.predict(features) for model in (self.gained, self.forgone))
        return self.share * forgone + (1 - self.share) * gained


LEARNERS = {"T": TLearner, "X": XLearner}


def cross_fitted(features: np.ndarray, is_treated: np.ndarray, bought: np.ndarray) -> dict[str, np.ndarray]:
    """Return the uplift of each customer by learner, and the `response`, by models that never saw the customer."""
    scores = {name: np.empty(len(bought)) for name in ("response", *LEARNERS)}
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for learned, judged in folds.split(features, 2 * is_treated + bought):
        for name, learner in LEARNERS.items():
            model = learner(features[learned], is_treated[learned], bought[learned])
            scores[name][judged] = model.uplift(features[judged])
        scores["response"][judged] = model.response(features[judged])
    return scores


def _classifier(features: np.ndarray, bought: np.ndarray):
    if bought.all() or not bought.any():
        share = float(bought.mean())
        return lambda rows: np.full(len(rows), share)
    model = LGBMClassifier(**PARAMETERS).fit(features, bought)
    return lambda rows: model.booster_.predict(rows)
