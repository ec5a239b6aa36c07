"""Every customer's list and every product's neighbours, from models fitted on all there is; no database."""

import json
from collections.abc import Iterator
from functools import partial

import numpy as np

from ml import features, models, ranking
from ml.ahead import ahead
from ml.cold import BY_ATTRIBUTES
from ml.eligibility import Eligibility
from ml.explain import AS_JSON, Explainer, unit
from ml.gate import SAME_FOR_ALL
from ml.models.newcomers import Newcomers
from ml.models.popular import Popular
from ml.reranking import NOBODY, Reranker
from ml.rules import Rules
from ml.snapshot import Snapshot

SIMILAR = 10
# What a list rests on: hybrid on purchases, session on what was looked at by who bought nothing, features on what the
# customer is, popular or trending on nothing of the customer. A place that a rule filled has a tier of its own.
PLACED_BY = {"pin": "pinned", "promoted_share": "promoted", "exploration_share": "exploration"}


class Lists:
    """Models fitted on all of a snapshot, and the rows that follow from them, block by block."""

    def __init__(self, snapshot: Snapshot, rules: Rules, chosen: dict[str, str], k: int, run_id: str):
        """Fit; `chosen` names the family of each kind of list for customers with history, and those of `ml.cold`."""
        self.snapshot, self.k, self.run_id = snapshot, k, run_id
        self.passed_over: list[tuple[str, np.ndarray]] = []
        self.data = features.training(snapshot)
        learned = self.data.strength.nnz > 0
        self.fitted = models.fit_all(self.data) if learned else {"popular": Popular().fit(self.data, {})}
        self.chosen = chosen if learned else dict.fromkeys(chosen, "popular")
        self.hybrid = self.fitted.get("lightfm")
        self.newcomers = Newcomers().fit(self.data, self.fitted) if learned and not self.data.known.all() else None
        self.offered = np.flatnonzero(snapshot.is_offered)
        self.eligibility = Eligibility(rules, self.data, snapshot.is_offered)
        described = np.diff(self.data.customer_features.indptr) > 0
        warm = self.data.is_warm & snapshot.may_personalise
        bought = np.diff(self.data.purchases.indptr) > 0
        by_features = self.chosen["features"] == BY_ATTRIBUTES
        cold = described & ~self.data.is_warm & snapshot.may_personalise & by_features
        self.tiers = {
            "hybrid": np.flatnonzero(warm & bought),
            "session": np.flatnonzero(warm & ~bought),
            "features": np.flatnonzero(cold),
            self.chosen["nothing"]: np.flatnonzero(~warm & ~cold),
        }

    def rows(self, kind: str) -> Iterator[tuple]:
        """Yield rows of ml.recommendations or ml.discoveries behind `business`.

        k a customer, or as many as may be shown; of discoveries those that the customer did not buy yet. What rules
        kept out of the list is in `exclusions` afterwards.
        """
        is_new, warm = kind == "discoveries", self.fitted[self.chosen[kind]]
        ranker = self.fitted | {"hybrid": warm, "features": self.hybrid}
        if is_new:
            ranker["hybrid"] = getattr(warm, "for_new", warm)
        ranker["session"] = ranker["hybrid"]
        reranker = Reranker(kind, self.eligibility, self.k, self.run_id)
        explainer = Explainer(self.snapshot, self.data, self.fitted)
        customer_ids, product_ids = self.snapshot.customer_ids, self.snapshot.product_ids

        def listed(of: tuple[str, np.ndarray]) -> tuple:
            tier, block = of
            scores = ranking.without(ranker[tier].scores(block), self.data.purchases[block] if is_new else None)
            chosen = reranker.choose(block, scores, partial(self._cold_scores, tier))
            shown = np.maximum(chosen.products, 0)
            return tier, block, chosen, shown, np.take_along_axis(scores, shown, axis=1)

        for tier, block, chosen, shown, values in ahead(listed, self._blocks()):
            found, reasons = chosen.passed_over, explainer.reasons(tier, block, shown)
            self.passed_over.append((kind, np.column_stack([block[found[:, 0]], found[:, 1:]]).astype(np.int32)))
            places = np.broadcast_arrays(block[:, None], 1 + np.arange(shown.shape[1]), chosen.products)
            filled = (each.ravel().tolist() for each in (*places, values, chosen.rule))
            for customer, rank, product, value, rule, reason in zip(*filled, reasons, strict=True):
                if product != NOBODY:
                    why = (tier, *reason) if rule == NOBODY else self._placed(tier, *reason, rule)
                    yield customer_ids[customer], rank, product_ids[product], value, *why, self.run_id

    def _blocks(self) -> Iterator[tuple[str, np.ndarray]]:
        for tier, members in self.tiers.items():
            for block in ranking.blocks(members, len(self.snapshot.product_ids)):
                yield tier, block

    def _cold_scores(self, tier: str, customers: np.ndarray) -> np.ndarray:
        """Return scores that know products without history; where the tier is the same for all, these are too."""
        if self.hybrid is None or tier in SAME_FOR_ALL:
            scores = (self.hybrid or self.fitted["popular"]).product_scores
            return np.broadcast_to(scores, (len(customers), len(scores)))
        model = self.newcomers if self.newcomers and tier in ("hybrid", "session") else self.hybrid
        return model.scores(customers)

    def _placed(self, tier: str, code: str, evidence: str, rule: int) -> tuple[str, str, str]:
        """Return tier, reason code and evidence of a place that a rule filled; without a reason it says so."""
        placed = self.eligibility.rules.rules[rule]
        by, name = PLACED_BY[placed.kind], {"rule": placed.rule_id}
        if by != "exploration" or code in SAME_FOR_ALL:
            return by, "rule", AS_JSON(name)
        return by, code, AS_JSON(json.loads(evidence) | name)

    def exclusions(self) -> Iterator[tuple]:
        """Yield rows of ml.exclusions behind `business`, of the kinds of list that `rows` has made."""
        customers, products, rules = self.snapshot.customer_ids, self.snapshot.product_ids, self.eligibility.rule_ids
        for kind, found in self.passed_over:
            for customer, product, rule, rank in found.tolist():
                yield kind, customers[customer], products[product], rules[rule], rank, self.run_id

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
