"""A family behind the rules, so that its lists can be measured as they would be shown."""

from dataclasses import replace

import numpy as np

from ml import evaluation, ranking
from ml.champion import KINDS
from ml.eligibility import Eligibility
from ml.evaluation import Split
from ml.reranking import Reranker
from ml.rules import Rules

NAME = "with_rules"


class Ruled:
    """Scores that rank a customer's list as the rules leave it first, best first; the rest stands below."""

    def __init__(self, model, cold, reranker: Reranker, left_out=None):
        """Take a fitted family, the one that knows products without history, and what is never shown (a matrix)."""
        self.model, self.cold, self.reranker, self.left_out = model, cold, reranker, left_out

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products."""
        left_out = None if self.left_out is None else self.left_out[customers]
        scores = ranking.without(self.model.scores(customers), left_out)
        lists = self.reranker.choose(customers, scores, self.cold.scores).products
        row, place = np.nonzero(lists >= 0)
        ranked = np.full(scores.shape, -np.inf, dtype=np.float32)
        ranked[row, lists[row, place]] = lists.shape[1] - place
        return ranked


def measured(
    cut: Split | None, fitted: dict, rules: Rules, chosen: dict[str, str], seed: str
) -> list[tuple[str, str, np.ndarray]]:
    """Return (NAME, metric, value of each customer) of the chosen families' lists behind the rules; [] without a cut.

    All is judged by what was known at the cut. Suitability is left out: it is known as of today only, and whoever
    opened a product since then holds it.
    """
    if cut is None:
        return []
    data = cut.data
    dated = replace(rules, rules=[rule for rule in rules.rules if rule.kind != "suitability"])
    eligibility = Eligibility(dated, data, data.known | data.snapshot.is_offered)
    found = []
    for kind, (measure, prefix) in KINDS.items():
        model, left_out = fitted[chosen[kind]], data.purchases if kind == "discoveries" else None
        model = getattr(model, "for_new", model) if kind == "discoveries" else model
        behind = Ruled(model, fitted["lightfm"], Reranker(kind, eligibility, evaluation.K, seed), left_out)
        values = measure(behind, cut).values
        found += [(NAME, prefix + metric, each) for metric, each in values.items() if len(each)]
    return found
