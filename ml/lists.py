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

    def __init__(self, snapshot: Snapshot, chosen: dict[str, str], k: int, run_id: str):
        """Fit; `chosen` names the family that ranks each kind of list for customers with history."""
        self.snapshot, self.k, self.run_id = snapshot, k, run_id
        self.data = features.training(snapshot)
        learned = self.data.strength.nnz > 0
        self.fitted = models.fit_all(self.data) if learned else {"popular": Popular().fit(self.data, {})}
        self.chosen = chosen if learned else dict.fromkeys(chosen, "popular")
        self.hybrid = self.fitted.get("lightfm")
        self.offered = np.flatnonzero(snapshot.is_offered)
        described = np.diff(self.data.customer_features.indptr) > 0
        warm = self.data.is_warm & snapshot.may_personalise
        cold = described & ~self.data.is_warm & snapshot.may_personalise
        self.tiers = {
            "hybrid": np.flatnonzero(warm),
            "features": np.flatnonzero(cold),
            "popular": np.flatnonzero(~warm & ~cold),
        }

    def rows(self, kind: str) -> Iterator[tuple]:
        """Yield rows of ml.recommendations or ml.discoveries behind `business`.

        k a customer, or as many as are on offer; of discoveries those that the customer did not buy yet.
        """
        ids, is_new = np.array(self.snapshot.product_ids, dtype=object), kind == "discoveries"
        warm = self.fitted[self.chosen[kind]]
        ranker = {"hybrid": warm, "features": self.hybrid, "popular": self.fitted["popular"]}
        if is_new:
            ranker["hybrid"] = getattr(warm, "for_new", warm)
        explainer = Explainer(self.snapshot, self.data, self.fitted)
        for tier, members in self.tiers.items():
            for block in ranking.blocks(members, len(ids)):
                scores = ranking.without(ranker[tier].scores(block), self.data.purchases[block] if is_new else None)
                lists = self.offered[ranking.top(scores[:, self.offered], self.k)]
                listed = np.take_along_axis(scores, lists, axis=1)
                reasons = explainer.reasons(tier, block, lists)
                for customer, products, values, why in zip(block, ids[lists], listed.tolist(), reasons, strict=True):
                    name = self.snapshot.customer_ids[customer]
                    for place, (product, value, (code, evidence)) in enumerate(zip(products, values, why, strict=True)):
                        if value == -np.inf:
                            break
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
