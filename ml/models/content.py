"""Content: products whose words and labels are those of what the customer bought."""

import numpy as np

from ml.features import Training
from ml.models import linear


class Content:
    """Cosine of a product's TF-IDF terms with the strength-weighted terms of the customer's history."""

    name = "content"

    def fit(self, data: Training, fitted: dict) -> "Content":
        """Sum each customer's profile."""
        self.terms = linear.unit_rows(data.snapshot.terms)
        self.profiles = linear.unit_rows(data.strength @ self.terms)
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products; zero where no word is shared."""
        return (self.profiles[customers] @ self.terms.T).toarray()
