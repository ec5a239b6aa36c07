"""How good the lists would have been: one cut in time, the whole catalogue, no sampled negatives."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml import ranking
from ml.features import Training, matrix, training
from ml.snapshot import Snapshot

K = 10
TRAINING_SHARE = 0.9


@dataclass(frozen=True)
class Split:
    """What was known before the cut, and what customers did from then on.

    Attributes:
        cut_at: a moment (microseconds since 2000-01-01 UTC); training ends strictly before it.
        data: matrices of the time before.
        truth: customers × products, 1 where the target event happened after; only products bought before.
        judged: customers with history and at least one relevant product.
    """

    cut_at: int
    data: Training
    truth: sp.csr_array
    judged: np.ndarray


def split(snapshot: Snapshot) -> Split | None:
    """Cut where TRAINING_SHARE of the target interactions are over; None where that leaves nobody to judge."""
    targets = snapshot.interactions[snapshot.targets()]
    if not len(targets):
        return None
    distinct = np.unique(targets[["customer", "product", "occurred_at"]])
    cut_at = int(np.ceil(np.quantile(distinct["occurred_at"], TRAINING_SHARE)))
    data = training(snapshot, before=cut_at)
    truth = matrix(targets[targets["occurred_at"] >= cut_at], snapshot.shape)
    truth = sp.csr_array(truth.multiply(data.popularity > 0))
    truth.eliminate_zeros()
    truth.data[:] = 1
    has_history = np.diff(data.purchases.indptr) > 0
    judged = np.flatnonzero(has_history & (np.diff(truth.indptr) > 0))
    return Split(cut_at, data, truth, judged) if len(judged) else None


def measure(model, cut: Split) -> dict[str, float]:
    """Return mean recall, NDCG and MAP at K of a model fitted on `cut.data`, over `cut.judged`."""
    candidates = np.flatnonzero(cut.data.known)
    found = [
        metrics(candidates[ranking.top(model.scores(block)[:, candidates], K)], cut.truth[block])
        for block in ranking.blocks(cut.judged, len(cut.data.known))
    ]
    values = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    return {name: float(value.mean()) for name, value in values.items()}


def metrics(lists: np.ndarray, truth: sp.csr_array) -> dict[str, np.ndarray]:
    """Return recall, NDCG (Järvelin & Kekäläinen 2002, binary gain) and average precision at K of each list.

    Args:
        lists: customers × up to K product positions, best first.
        truth: customers × products, 1 where relevant; every row has at least one.
    """
    place = np.arange(1, lists.shape[1] + 1)
    hit = truth[np.arange(len(lists))[:, None], lists].toarray() if lists.size else np.zeros(lists.shape)
    relevant = np.diff(truth.indptr)
    best = np.minimum(relevant, K)
    ideal = np.cumsum(1 / np.log2(np.arange(2, K + 2)))
    return {
        "recall": hit.sum(axis=1) / relevant,
        "ndcg": (hit / np.log2(place + 1)).sum(axis=1) / ideal[best - 1],
        "map": (hit * hit.cumsum(axis=1) / place).sum(axis=1) / best,
    }
