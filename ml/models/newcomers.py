"""Products that nobody did anything with yet, by their words: near to what the customer chose, and to its taste.

Nearness is content's cosine, sharpened, so that close words count and common ones do not. Taste is learned: a ridge
regression foretells from a product's words the vector that ALS would have found for it (Gantner et al. 2010,
doi:10.1109/ICDM.2010.129).
"""

import numpy as np
import scipy.sparse as sp

from ml.features import Training
from ml.models import linear

SHARPNESS, REGULARISATION = 4, 3.0


class Newcomers:
    """The sum of both standard scores; all products that are known stand last. Not among the families that are measured
    on what customers did: of newcomers nobody did anything.
    """

    name = "newcomers"

    def fit(self, data: Training, fitted: dict) -> "Newcomers":
        """Learn from the words of products with history; `fitted` holds `als`."""
        terms, als = linear.unit_rows(data.snapshot.terms), fitted["als"]
        self.known, self.new = np.flatnonzero(data.known), np.flatnonzero(~data.known)
        nearness = sp.csr_array(terms[self.known] @ terms[self.new].T)
        nearness.data = nearness.data**SHARPNESS
        self.history, self.nearness = sp.csr_array(data.strength[:, self.known]), nearness
        # Vectors of what many bought are surer.
        weight = np.sqrt(np.log1p(data.popularity[self.known]))
        words = sp.csr_array(sp.diags_array(weight) @ terms[self.known])
        gram = (words.T @ words).toarray()
        gram[np.diag_indices_from(gram)] += REGULARISATION
        learned = np.linalg.solve(gram, words.T @ (als.product_vectors[self.known] * weight[:, None]))
        self.vectors, self.customer_vectors = terms[self.new] @ learned, als.customer_vectors
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products, minus infinity for what is no newcomer."""
        near = (self.history[customers] @ self.nearness).toarray()
        whole = np.full((len(customers), len(self.known) + len(self.new)), -np.inf, dtype=np.float32)
        whole[:, self.new] = _standard(near) + _standard(self.customer_vectors[customers] @ self.vectors.T)
        return whole


def _standard(scores: np.ndarray) -> np.ndarray:
    """Scale each row to mean zero and deviation one; a row of equals becomes zeros."""
    if not scores.shape[1]:
        return scores
    spread = scores.std(axis=1, keepdims=True)
    return (scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)
