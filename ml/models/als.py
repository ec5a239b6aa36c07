"""Matrix factorisation of implicit feedback by alternating least squares (Hu, Koren & Volinsky 2008)."""

import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares

from ml.features import Training

FACTORS, REGULARISATION, ALPHA, ITERATIONS, SEED = 64, 0.1, 5.0, 15, 20


class Als:
    """Vectors of customers and products whose products foretell recency-decayed strengths."""

    name = "als"

    def fit(self, data: Training, fitted: dict) -> "Als":
        """Factorise; every row is solved alone, so threads do not change the outcome."""
        model = AlternatingLeastSquares(
            factors=FACTORS,
            regularization=REGULARISATION,
            alpha=ALPHA,
            iterations=ITERATIONS,
            random_state=SEED,
            num_threads=1,
        )
        model.fit(sp.csr_matrix(data.strength), show_progress=False)
        return self.use(data, fitted, {"customer_vectors": model.user_factors, "product_vectors": model.item_factors})

    def use(self, data: Training, fitted: dict, learned: dict[str, np.ndarray]) -> "Als":
        """Take vectors found before; who or what was unknown then has none."""
        self.learned = learned
        self.customer_vectors, self.product_vectors = learned["customer_vectors"], learned["product_vectors"]
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products."""
        return self.customer_vectors[customers] @ self.product_vectors.T
