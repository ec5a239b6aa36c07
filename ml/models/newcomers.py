"""Products that nobody did anything with yet, by their words.

Kernel ridge regression foretells from the words of a product, and from pairs of them, what is known of products with
history alone: what each customer did with it, and the vector that ALS found for it (Gantner et al. 2010,
doi:10.1109/ICDM.2010.129).
"""

import numpy as np

from ml.features import Training
from ml.models import linear

DEGREE, REGULARISATION = 2, 1.0


class Newcomers:
    """The sum of both foretold scores, each standardised; what is no newcomer stands last.

    It is not among the families that every run measures on what customers did: with newcomers they did nothing.
    """

    name = "newcomers"

    def fit(self, data: Training, fitted: dict) -> "Newcomers":
        """Solve for the weight of each best seller in each newcomer; `fitted` holds `als`."""
        terms, als = linear.unit_rows(data.snapshot.terms), fitted["als"]
        known, self.new = linear.best_sellers(data), np.flatnonzero(~data.known)
        alike = ((terms[known] @ terms[known].T) ** DEGREE).toarray()
        alike[np.diag_indices_from(alike)] += REGULARISATION
        self.weights = np.linalg.solve(alike, ((terms[known] @ terms[self.new].T) ** DEGREE).toarray())
        self.history, self.products = data.strength[:, known], len(data.known)
        self.customer_vectors, self.vectors = als.customer_vectors, als.product_vectors[known].T @ self.weights
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products, minus infinity for what is no newcomer."""
        whole = np.full((len(customers), self.products), -np.inf, dtype=np.float32)
        foretold = (self.history[customers] @ self.weights, self.customer_vectors[customers] @ self.vectors)
        whole[:, self.new] = sum(map(_standard, foretold))
        return whole


def _standard(scores: np.ndarray) -> np.ndarray:
    """Scale each row to mean zero and deviation one; a row of equals becomes zeros."""
    if not scores.shape[1]:
        return scores
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)
