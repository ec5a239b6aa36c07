"""Next-window ridge: regress what the following window brought on decayed history, at several cuts of the past."""

import numpy as np

from ml import features
from ml.features import Training
from ml.models import linear
from ml.windows import windows

CUTS, REGULARISATION = 8, 20.0


class NextWindow:
    """Weights products × products: how much one that was bought speaks for another in the next window."""

    name = "next_window"

    def fit(self, data: Training, fitted: dict) -> "NextWindow":
        """Solve (Σ XᵀX + λI) W = Σ XᵀY over up to CUTS windows; without any, all scores are zero."""
        items = linear.best_sellers(data)
        gram = np.zeros((len(items),) * 2, dtype=np.float32)
        moment = np.zeros_like(gram)
        for window in windows(data.snapshot, data.history, CUTS):
            past = features.strength(data.snapshot, window.history)[:, items]
            past = linear.unit_rows(past)
            future = features.bought(data.snapshot, window.future)[:, items]
            gram += (past.T @ past).toarray()
            moment += (past.T @ future).toarray()
        gram[np.diag_indices_from(gram)] += REGULARISATION
        weights = np.linalg.solve(gram, moment).astype(np.float32)
        return self.use(data, fitted, {"items": items, "weights": weights})

    def use(self, data: Training, fitted: dict, learned: dict[str, np.ndarray]) -> "NextWindow":
        """Take weights found before."""
        self.learned, self.products = learned, len(data.known)
        self.items, self.weights = linear.still_there(learned)
        self.history = linear.unit_rows(data.strength[:, self.items])
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products; products beyond the best sellers get zero."""
        return linear.spread(self.history[customers] @ self.weights, self.items, self.products)

    def between(self, bought: np.ndarray, listed: np.ndarray) -> np.ndarray:
        """Return the weight of each bought product (-1: none) for the listed one in its place."""
        return linear.between(self.items, self.weights, self.products, bought, listed)
