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
        items = linear.best_sellers(data)
        history = data.strength[:, items]
        gram = (history.T @ history).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += REGULARISATION
        inverse = np.linalg.inv(gram)
        weights = (-inverse / np.diag(inverse)).astype(np.float32)
        np.fill_diagonal(weights, 0)
        return self.use(data, fitted, {"items": items, "weights": weights})

    def use(self, data: Training, fitted: dict, learned: dict[str, np.ndarray]) -> "Ease":
        """Take weights found before."""
        self.learned, self.products = learned, len(data.known)
        self.items, self.weights = linear.still_there(learned)
        self.history = data.strength[:, self.items]
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products; products beyond the best sellers get zero."""
        return linear.spread(self.history[customers] @ self.weights, self.items, self.products)

    def between(self, bought: np.ndarray, listed: np.ndarray) -> np.ndarray:
        """Return the weight of each bought product (-1: none) for the listed one in its place."""
        return linear.between(self.items, self.weights, self.products, bought, listed)
