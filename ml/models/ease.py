"""EASE: the best linear model of products by other products in closed form (Steck 2019, arXiv:1905.03375)."""

import numpy as np

from ml.features import Training
from ml.models import linear

REGULARISATION = 100.0


class Ease:
    """Weights products × products on recency-decayed strengths; no product may explain itself."""

    name = "ease"

    def fit(self, data: Training, fitted: dict) -> "Ease":
        """Invert the Gram matrix of the best sellers."""
        self.items, self.products = linear.best_sellers(data), len(data.known)
        self.history = data.strength[:, self.items]
        gram = (self.history.T @ self.history).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += REGULARISATION
        inverse = np.linalg.inv(gram)
        self.weights = (-inverse / np.diag(inverse)).astype(np.float32)
        np.fill_diagonal(self.weights, 0)
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products; products beyond the best sellers get zero."""
        return linear.spread(self.history[customers] @ self.weights, self.items, self.products)
