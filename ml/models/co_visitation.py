"""Item to item: products that stand in the same baskets as what the customer bought."""

import numpy as np
import scipy.sparse as sp

from ml import ranking
from ml.features import Training
from ml.models import linear

NEIGHBOURS = 100


class CoVisitation:
    """Cosine of products over baskets (one customer at one moment), each product's NEIGHBOURS nearest."""

    name = "co_visitation"

    def fit(self, data: Training, fitted: dict) -> "CoVisitation":
        """Count common baskets."""
        baskets = linear.unit_rows(data.baskets.T.tocsr())
        cosines = sp.csr_array(baskets @ baskets.T)
        cosines.setdiag(0)
        cosines.eliminate_zeros()
        self.neighbours, self.history = ranking.strongest(cosines, NEIGHBOURS), data.strength
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products."""
        return (self.history[customers] @ self.neighbours).toarray()

    def between(self, bought: np.ndarray, listed: np.ndarray) -> np.ndarray:
        """Return the cosine of each bought product (-1: none) with the listed one in its place."""
        found = self.neighbours[bought.ravel(), listed.ravel()]
        return np.asarray(found, dtype=np.float32).reshape(bought.shape)
