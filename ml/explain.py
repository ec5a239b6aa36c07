"""Why a product is in a list, as a code and its evidence: facts about the customer's own history, computed in blocks.

Evidence is JSON already: a million rows would wait for an encoder, and what it consists of is known by product.
Codes: bought_before {orders} · similar_to {product_id, name, products} · shared_terms {terms, product_id, name} ·
customers_like_you {attribute} · popular {rank} · trending {rank}. What is similar is what those who chose one chose
next or with it: the products of the history that carry the score, the strongest first; without them the score would be
lower.
"""

import json
from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp

from ml import evidence
from ml.features import Training
from ml.models.families import Recommender
from ml.ranking import places
from ml.snapshot import Snapshot

SIMILAR_ENOUGH = 0.5
HISTORY = 50
TERMS = 3
AS_JSON = json.JSONEncoder(ensure_ascii=False).encode
Reason = tuple[str, str]  # its code, and its evidence as JSON


class Explainer:
    """Knows the history and the vectors; `reasons` answers for a block of customers at once."""

    def __init__(self, snapshot: Snapshot, data: Training, fitted: dict[str, Recommender]):
        """Take the fitted families by name; of them `popular` is always there."""
        self.snapshot, self.data, self.fitted = snapshot, data, fitted
        self.hybrid, popular = fitted.get("lightfm"), fitted["popular"].product_scores
        self.vectors = None if self.hybrid is None else unit(self.hybrid.product_vectors)
        self.vocabulary = np.array([AS_JSON(term) for term in snapshot.vocabulary], dtype=object)
        self.named = [
            AS_JSON({"product_id": product, "name": name})
            for product, name in zip(snapshot.product_ids, snapshot.names, strict=True)
        ]
        self.popular = _ranked("popular", popular)
        self.trending = _ranked("trending", fitted["trending"].product_scores) if "trending" in fitted else None

    def reasons(self, tier: str, customers: np.ndarray, lists: np.ndarray) -> Iterable[Reason]:
        """Return the reason of each place of `lists` (customers × k product positions), row by row."""
        if tier in ("hybrid", "session"):
            return self._by_history(customers, lists)
        if tier == "features":
            return self._by_attributes(customers, lists)
        same_for_all = self.trending if tier == "trending" else self.popular
        return [same_for_all[product] for product in lists.ravel().tolist()]

    def _by_attributes(self, customers: np.ndarray, lists: np.ndarray) -> Iterable[Reason]:
        """Name the attribute that speaks most for a product; its value is personal and stays out."""
        names = [name.split("=")[0] for name in self.data.customer_feature_names]
        kinds = sorted(set(names))
        described = self.data.customer_features[customers][:, -len(names) :]
        vectors = self.hybrid.product_vectors[lists]
        parts = []
        for kind in kinds:
            columns = np.flatnonzero(np.array(names) == kind)
            parts.append(
                np.einsum("rkd,rd->rk", vectors, described[:, columns] @ self.hybrid.attribute_vectors[columns])
            )
        most, best = np.argmax(parts, axis=0), np.max(parts, axis=0)
        like_you = [("customers_like_you", AS_JSON({"attribute": kind})) for kind in kinds]
        return [
            like_you[kind] if value > 0 else self.popular[product]
            for product, kind, value in zip(*(each.ravel().tolist() for each in (lists, most, best)), strict=True)
        ]

    def _by_history(self, customers: np.ndarray, lists: np.ndarray) -> Iterable[Reason]:
        orders = self.data.purchases[customers[:, None], lists].toarray()
        history, values = _strongest(self.data.strength[customers])
        carried = evidence.carriers(self.fitted, history, values, lists)
        nearest, cosine = self._nearest(history, lists)
        carried[:, :, 0] = np.where((carried[:, :, 0] < 0) & (cosine >= SIMILAR_ENOUGH), nearest, carried[:, :, 0])
        terms = self._shared_terms(nearest, lists, (orders == 0) & (nearest >= 0) & (carried[:, :, 0] < 0))
        several = zip(*carried.reshape(lists.size, -1).T.tolist(), strict=True)
        product, before, near = (each.ravel().tolist() for each in (lists, orders, nearest))
        return map(self._reason, product, before, several, near, terms)

    def _reason(self, product: int, orders: float, carried: tuple[int, ...], nearest: int, terms: str) -> Reason:
        if orders > 0:
            return "bought_before", f'{{"orders": {orders:.0f}}}'
        if carried[0] >= 0:
            products = ", ".join([self.named[other] for other in carried if other >= 0])
            return "similar_to", f'{self.named[carried[0]][:-1]}, "products": [{products}]}}'
        if terms:
            return "shared_terms", f'{self.named[nearest][:-1]}, "terms": [{terms}]}}'
        return self.popular[product]

    def _nearest(self, history: np.ndarray, lists: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return for each listed product the other product of the customer's history nearest to it, and the cosine.

        -1 and -1.0 stand where there is none.
        """
        if self.vectors is None or not history.shape[1]:
            return np.full(lists.shape, -1), np.full(lists.shape, -1.0)
        cosines = np.matmul(self.vectors[lists], self.vectors[history].transpose(0, 2, 1))
        unusable = (history[:, None, :] < 0) | (history[:, None, :] == lists[:, :, None])
        cosines = np.where(unusable, -1.0, cosines)
        best = cosines.argmax(axis=2)
        nearest = np.take_along_axis(history[:, None, :].repeat(lists.shape[1], 1), best[:, :, None], 2)[:, :, 0]
        cosine = np.take_along_axis(cosines, best[:, :, None], 2)[:, :, 0]
        return np.where(cosine > -1, nearest, -1), cosine

    def _shared_terms(self, nearest: np.ndarray, lists: np.ndarray, wanted: np.ndarray) -> list[str]:
        """Return of each place up to TERMS terms that it shares with the nearest product, heaviest first, as JSON."""
        rows, at = np.nonzero(wanted)
        terms = self.snapshot.terms
        shared = sp.csr_array(terms[lists[rows, at]].multiply(terms[nearest[rows, at]]))
        order, place = places(shared)
        words = self.vocabulary[shared.indices[order[place < TERMS]]].tolist()
        ends = np.cumsum(np.minimum(np.diff(shared.indptr), TERMS)).tolist()
        found = np.full(lists.shape, "", dtype=object)
        found[rows, at] = [", ".join(words[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
        return found.ravel().tolist()


def _ranked(code: str, scores: np.ndarray) -> list[Reason]:
    """Return the reason of each product whose evidence is its place by score, from 1; equal scores by position."""
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.lexsort([np.arange(len(scores)), -scores])] = np.arange(1, len(scores) + 1)
    return [(code, f'{{"rank": {rank}}}') for rank in ranks.tolist()]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Scale each row to length one; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length > 0, length, 1)


def _strongest(strength: sp.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's HISTORY strongest columns, padded with -1 to a rectangle, and their values."""
    order, place = places(strength)
    kept = place < HISTORY
    row = np.repeat(np.arange(strength.shape[0]), np.diff(strength.indptr))[order]
    padded = np.full((strength.shape[0], int(place[kept].max(initial=-1)) + 1), -1)
    values = np.zeros(padded.shape, dtype=np.float32)
    padded[row[kept], place[kept]] = strength.indices[order][kept]
    values[row[kept], place[kept]] = strength.data[order][kept]
    return padded, values
