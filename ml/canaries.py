"""Canaries against leaks: purchases that nobody can foretell, planted after the cut, where no honest model looks."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binomtest

from ml import ranking
from ml.evaluation import Split
from ml.features import Training, training
from ml.snapshot import Snapshot

COUNT, SEED = 400, 20
SUSPICIOUS = 1e-4  # probability below which chance is no explanation


@dataclass(frozen=True)
class Canaries:
    """Customers with a planted product each, and one like it that was not planted."""

    customers: np.ndarray
    planted: np.ndarray
    control: np.ndarray

    def are_foretold(self, model) -> bool:
        """Say whether a model scores what was planted higher than its like: it saw what came after the cut.

        Which of the two was planted was left to chance, so that a sign test is exact. A model's own way to rank what
        is new, `for_new`, is asked too.
        """
        return self._foretold(model) or (hasattr(model, "for_new") and self._foretold(model.for_new))

    def _foretold(self, model) -> bool:
        higher = lower = 0
        for block in ranking.blocks(np.arange(len(self.customers)), model.scores(self.customers[:1]).shape[1]):
            scores = np.nan_to_num(model.scores(self.customers[block]), nan=0)
            row = np.arange(len(block))
            planted, control = scores[row, self.planted[block]], scores[row, self.control[block]]
            higher, lower = higher + int((planted > control).sum()), lower + int((planted < control).sum())
        return higher + lower > 0 and binomtest(higher, higher + lower, 0.5, "greater").pvalue < SUSPICIOUS


def plant(cut: Split) -> tuple[Training, Canaries]:
    """Return the matrices of the time before the cut of a snapshot with canaries after it, and the canaries.

    A customer gets a product of the less popular half that it never did anything with.
    """
    data, random = cut.data, np.random.default_rng(SEED)
    known = np.flatnonzero(data.known)
    rare = known[np.argsort(data.popularity[known], kind="stable")][: max(2, len(known) // 2)]
    chosen = random.permutation(cut.judged)[:COUNT]
    pairs = random.choice(rare, (len(chosen), 2))
    touched = data.strength[chosen[:, None], pairs].toarray() + data.purchases[chosen[:, None], pairs].toarray()
    usable = (touched == 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])
    customers, pairs = chosen[usable], pairs[usable]
    snapshot = _with(data.snapshot, customers, pairs[:, 0])
    return training(snapshot, np.append(data.history, np.zeros(len(customers), dtype=bool))), Canaries(
        customers, pairs[:, 0], pairs[:, 1]
    )


def _with(snapshot: Snapshot, customers: np.ndarray, products: np.ndarray) -> Snapshot:
    """Add a target event of each pair at the very end, so that the order stays canonical."""
    rows = np.zeros(len(customers), dtype=snapshot.interactions.dtype)
    rows["customer"], rows["product"] = customers, products
    rows["occurred_at"] = snapshot.interactions["occurred_at"].max() + 1
    rows["weight"], rows["is_purchase"] = 1, snapshot.interactions["is_purchase"].any()
    return replace(snapshot, interactions=np.concatenate([snapshot.interactions, rows]))
