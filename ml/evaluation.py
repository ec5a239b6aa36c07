"""How good the lists would have been: one cut in time, the whole catalogue, no sampled negatives."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml import ranking
from ml.features import Training, bought, training
from ml.snapshot import Snapshot
from ml.windows import Window, sampled, windows

K, JUDGED = 10, 20_000
METRICS = ("recall", "ndcg", "map", "hit_rate")


@dataclass(frozen=True)
class Split:
    """What was known before the cut, and what customers did from then on.

    Attributes:
        cut_at: a moment (microseconds since 2000-01-01 UTC), training ends strictly before it; None where each
            customer's own rows are cut.
        data: matrices of the time before.
        truth: customers × products, 1 where the target event happened after; only products bought before.
        judged: customers with history and at least one relevant product; of more than JUDGED, so many by chance.
    """

    cut_at: int | None
    data: Training
    truth: sp.csr_array
    judged: np.ndarray


@dataclass(frozen=True)
class Measured:
    """How one model's lists did.

    Attributes:
        customers: who was judged.
        lists: customers × up to K positions of products, best first.
        values: per name of METRICS one value a customer.
        is_finite: False where a score was neither a number nor minus infinity.
    """

    customers: np.ndarray
    lists: np.ndarray
    values: dict[str, np.ndarray]
    is_finite: bool


def split(snapshot: Snapshot) -> Split | None:
    """Cut at the latest window; None where that leaves nobody to judge."""
    found = windows(snapshot, np.ones(len(snapshot.interactions), dtype=bool), 1)
    return judged_by(snapshot, found[0]) if found else None


def judged_by(snapshot: Snapshot, window: Window) -> Split | None:
    """Return a window's split; None where it leaves nobody to judge."""
    data = training(snapshot, window.history)
    truth = sp.csr_array(bought(snapshot, window.future).multiply(data.popularity > 0))
    truth.eliminate_zeros()
    has_history = np.diff(data.purchases.indptr) > 0
    judged = sampled(np.flatnonzero(has_history & (np.diff(truth.indptr) > 0)), JUDGED)
    return Split(window.cut_at, data, truth, judged) if len(judged) else None


def measure(model, cut: Split) -> Measured:
    """Judge the lists of `cut.judged` by a model fitted on `cut.data`."""
    return _measure(model, cut, cut.truth, cut.judged, None)


def measure_new(model, cut: Split) -> Measured:
    """Return the same of lists that leave out what the customer bought, judged by what was new to the customer.

    A family may have its own way to rank what is new: its attribute `for_new`.
    """
    truth = sp.csr_array(cut.truth - cut.truth.multiply(cut.data.purchases > 0))
    truth.eliminate_zeros()
    judged = cut.judged[np.diff(truth.indptr)[cut.judged] > 0]
    return _measure(getattr(model, "for_new", model), cut, truth, judged, cut.data.purchases)


def _measure(model, cut: Split, truth, customers, left_out) -> Measured:
    candidates = np.flatnonzero(cut.data.known)
    found, lists, is_finite = [], [np.zeros((0, min(K, len(candidates))), dtype=np.intp)], True
    for block in ranking.blocks(customers, len(cut.data.known)):
        scores = model.scores(block)
        is_number = np.isfinite(scores) | np.isneginf(scores)
        if not is_number.all():
            is_finite, scores = False, np.where(is_number, scores, -np.inf)
        scores = ranking.without(scores, None if left_out is None else left_out[block])
        lists.append(candidates[ranking.top(scores[:, candidates], K)])
        found.append(metrics(lists[-1], truth[block]))
    values = {name: np.concatenate([part[name] for part in found] or [np.zeros(0)]) for name in METRICS}
    return Measured(customers, np.concatenate(lists), values, is_finite)


def metrics(lists: np.ndarray, truth: sp.csr_array) -> dict[str, np.ndarray]:
    """Return recall, NDCG (Järvelin & Kekäläinen 2002, binary gain), average precision and hit at K of each list.

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
        "hit_rate": hit.any(axis=1).astype(float),
    }


def beyond_accuracy(lists: np.ndarray, data: Training) -> tuple[float, float, float]:
    """Return coverage, novelty and popularity bias of lists (customers × products).

    Coverage is the share of known products that stand in some list. Novelty is the mean self-information of what is
    listed (Zhou et al. 2010, doi:10.1073/pnas.1000488107) as a share of the greatest possible: 1 where nobody bought
    it. Popularity bias is how many more customers bought a listed product than the mean bought one: 1 where equal.
    """
    if not lists.size:
        return 0.0, 0.0, 0.0
    customers = max(int(data.is_warm.sum()), 2)
    bought = data.popularity[lists]
    novelty = -np.log2(np.maximum(bought, 1) / customers) / np.log2(customers)
    usual = np.average(data.popularity, weights=data.popularity) if data.popularity.any() else 1.0
    coverage = len(np.unique(lists)) / max(int(data.known.sum()), 1)
    return coverage, float(np.clip(novelty, 0, 1).mean()), float(bought.mean() / usual)
