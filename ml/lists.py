"""Every customer's list and every product's neighbours, from models fitted on all there is; no database."""

import json
from collections.abc import Iterator

import numpy as np

from ml import features, models, ranking
from ml.explain import Explainer, unit
from ml.models.popular import Popular
from ml.snapshot import Snapshot

SIMILAR = 10


class Lists:
    """Models fitted on all of a snapshot, and the rows that follow from them, block by block."""

    def __init__(self, snapshot: Snapshot, published: str, k: int, run_id: str):
        """Fit; `published` names the family that ranks for customers with history."""
        self.snapshot, self.k, self.run_id = snapshot, k, run_id
        self.data = features.training(snapshot)
        learned = self.data.strength.nnz > 0
        fitted = models.fit_all(self.data) if learned else {"popular": Popular().fit(self.data, {})}
        self.published = published if learned else "popular"
        self.hybrid = fitted.get("lightfm")
        self.popular = fitted["popular"].product_scores
        self.offered = np.flatnonzero(snapshot.is_offered)
        described = np.diff(self.data.customer_features.indptr) > 0
        warm = self.data.is_warm & snapshot.may_personalise
        cold = described & ~self.data.is_warm & snapshot.may_personalise
        self.tiers = {
            "hybrid": np.flatnonzero(warm),
            "features": np.flatnonzero(cold),
            "popular": np.flatnonzero(~warm & ~cold),
        }
        self.ranker = {"hybrid": fitted[self.published], "features": self.hybrid, "popular": fitted["popular"]}

    def recommendations(self) -> Iterator[tuple]:
        """Yield rows of ml.recommendations behind `business`, k a customer or as many as are on offer."""
        ids = np.array(self.snapshot.product_ids, dtype=object)
        explainer = Explainer(self.snapshot, self.data, self.hybrid, self.popular)
        for tier, members in self.tiers.items():
            for block in ranking.blocks(members, len(ids)):
                scores = self.ranker[tier].scores(block)
                lists = self.offered[ranking.top(scores[:, self.offered], self.k)]
                listed = np.take_along_axis(scores, lists, axis=1)
                reasons = explainer.reasons(tier, block, lists)
                for customer, products, values, why in zip(block, ids[lists], listed.tolist(), reasons, strict=True):
                    name = self.snapshot.customer_ids[customer]
                    for place, (product, value, (code, evidence)) in enumerate(zip(products, values, why, strict=True)):
                        found = json.dumps(evidence, ensure_ascii=False)
                        yield name, place + 1, product, value, tier, code, found, self.run_id

    def similar_products(self) -> Iterator[tuple]:
        """Yield rows of ml.similar_products behind `business`: products on offer by cosine of the vectors."""
        if self.hybrid is None:
            return
        vectors, ids = unit(self.hybrid.product_vectors), self.snapshot.product_ids
        has_vector = vectors.any(axis=1)
        candidates = self.offered[has_vector[self.offered]]
        for block in ranking.blocks(np.flatnonzero(has_vector), len(candidates)):
            cosines = vectors[block] @ vectors[candidates].T
            lists = ranking.top(np.where(candidates == block[:, None], -2, cosines), SIMILAR)
            for row, (product, columns) in enumerate(zip(block, lists, strict=True)):
                others = [column for column in columns if candidates[column] != product]
                for place, column in enumerate(others):
                    value = float(cosines[row, column])
                    yield ids[product], place + 1, ids[candidates[column]], value, self.run_id
