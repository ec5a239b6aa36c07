"""What the customer bought most often, then what is popular: simple, and hard to beat where people buy again."""

import numpy as np

from ml.features import Training


class OwnFrequency:
    """Own purchase counts; popularity (below 0.01) orders what is equal."""

    name = "own_frequency"

    def fit(self, data: Training, fitted: dict) -> "OwnFrequency":
        """Keep the counts; `fitted` is not needed."""
        self.purchases = data.purchases
        self.tie_breaker = data.popularity / max(data.popularity.max(initial=0), 1) / 100
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products."""
        return self.purchases[customers].toarray() + self.tie_breaker
