"""The same list for everybody: what sold most of late."""

import numpy as np

from ml.features import Training
from ml.snapshot import DAY

DAYS = 30
BELOW = -1e6


def below(fitted: dict) -> np.ndarray:
    """Return scores for what a model says nothing of: all below its own, what sold of late first."""
    popularity = fitted["trending"].product_scores
    return (BELOW + popularity / max(popularity.max(initial=0), 1)).astype(np.float32)


class Trending:
    """Products by the events of the last DAYS of the history; those before order what is equal."""

    name = "trending"

    def fit(self, data: Training, fitted: dict) -> "Trending":
        """Count; `fitted` is not needed."""
        late = data.moment - data.rows["occurred_at"] < DAYS * DAY
        sold = np.bincount(data.rows["product"][late], minlength=len(data.known))
        self.product_scores = (sold + data.popularity / max(data.popularity.max(initial=0), 1) / 100).astype(np.float32)
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products, a row as any other."""
        return np.broadcast_to(self.product_scores, (len(customers), len(self.product_scores)))
