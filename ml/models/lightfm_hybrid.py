"""LightFM: vectors of customers and products as sums of the vectors of their features (Kula 2015, arXiv:1507.08439)."""

import numpy as np
import scipy.sparse as sp
from lightfm import LightFM

from ml.features import Training

COMPONENTS, EPOCHS, MAX_SAMPLED, LEARNING_RATE, SEED = 64, 12, 100, 0.05, 20
PROFILE_SHARE = 0.5
POPULARITY_SHARE = 0.3


class LightFMHybrid:
    """WARP loss on recency-decayed strengths; half of a warm customer's vector is the profile of its history."""

    name = "lightfm"

    def fit(self, data: Training, fitted: dict) -> "LightFMHybrid":
        """Learn the vectors on one thread, which makes two fits on equal data bit-equal."""
        model = LightFM(
            no_components=COMPONENTS,
            loss="warp",
            learning_rate=LEARNING_RATE,
            max_sampled=MAX_SAMPLED,
            random_state=SEED,
        )
        weights = sp.coo_matrix(data.strength)
        weights.data = weights.data / weights.data.mean()  # not in place: it is the data of `strength`
        interactions = sp.coo_matrix((np.ones_like(weights.data), (weights.row, weights.col)), weights.shape)
        user_features, item_features = _narrow(data.customer_features), _narrow(data.product_features)
        model.fit(
            interactions,
            user_features=user_features,
            item_features=item_features,
            sample_weight=weights,
            epochs=EPOCHS,
            num_threads=1,
        )
        biases, product_vectors = model.get_item_representations(item_features)
        _, customer_vectors = model.get_user_representations(user_features)
        learned = {
            "customer_vectors": customer_vectors,
            "product_vectors": product_vectors,
            "product_biases": biases,
            "attribute_vectors": model.user_embeddings[data.is_warm.sum() :],
        }
        return self.use(data, fitted, learned)

    def use(self, data: Training, fitted: dict, learned: dict[str, np.ndarray]) -> "LightFMHybrid":
        """Take vectors found before; profiles and what sells of late are those of `data`."""
        self.learned, self.product_vectors = learned, learned["product_vectors"]
        self.attribute_vectors = learned["attribute_vectors"]
        self.customer_vectors = _with_profile(learned["customer_vectors"], data.strength, self.product_vectors)
        recent = np.log1p(data.recent)
        spread = recent.std() or 1
        self.product_scores = learned["product_biases"] + POPULARITY_SHARE * recent / spread
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products; a customer without history is the sum of its attributes' vectors."""
        return self.customer_vectors[customers] @ self.product_vectors.T + self.product_scores


def _narrow(features: sp.csr_array) -> sp.csr_matrix:
    """Return the old matrix class with 32-bit indices: LightFM's compiled code reads nothing else."""
    indices = (features.indices.astype(np.int32), features.indptr.astype(np.int32))
    return sp.csr_matrix((features.data.astype(np.float32), *indices), shape=features.shape)


def _with_profile(vectors: np.ndarray, strength: sp.csr_array, product_vectors: np.ndarray) -> np.ndarray:
    """Mix each warm customer's vector with the sum of its products' vectors, scaled to the same length."""
    profile = strength @ product_vectors
    length = np.linalg.norm(profile, axis=1, keepdims=True)
    scale = np.linalg.norm(vectors, axis=1, keepdims=True) / np.where(length > 0, length, 1)
    share = PROFILE_SHARE * (length > 0)
    return ((1 - share) * vectors + share * scale * profile).astype(np.float32)
