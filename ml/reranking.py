"""From scores to lists by the rules: what may not be shown is passed over, and what rules arrange is put in its place.

Everything works on a block of customers at once; of a customer's products the POOL best are looked at.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml import ranking
from ml.arranging import NOBODY, Arranged, among, best, surplus
from ml.eligibility import Eligibility
from ml.rules import Rule

POOL = 100
WATCHED = 30
DRAWN_FROM = 5
ARRANGING = ("pin", "promoted_share", "per_category", "exploration_share")


@dataclass(frozen=True)
class Chosen:
    """The lists of a block of customers.

    Attributes:
        products: customers × up to k positions, best first; NOBODY where there is no more to show.
        rule: the same shape, the number (in `Rules.rules`) of the rule that put a product there, NOBODY if none.
        passed_over: rows of (row, product, number of the rule, rank without rules), of what would have been shown.
    """

    products: np.ndarray
    rule: np.ndarray
    passed_over: np.ndarray


class Reranker:
    """Makes lists of one kind, of k places; the same scores and seed give the same lists."""

    def __init__(self, kind_of_list: str, eligibility: Eligibility, k: int, seed: str):
        """Take what judges; `seed` names the run, so that another run explores other products."""
        self.kind_of_list, self.eligibility, self.k, self.seed = kind_of_list, eligibility, k, seed
        self.rules = eligibility.rules.rules
        arranging = eligibility.rules.of(kind_of_list, *ARRANGING)
        self.arranging = [(number, rule) for number, rule in enumerate(self.rules) if rule in arranging]
        data = eligibility.data
        self.is_cold = eligibility.on_offer & ~data.known
        labels = {label: number for number, label in enumerate(sorted({c for c in data.snapshot.categories if c}))}
        self.categories = np.array([labels.get(label, NOBODY) for label in data.snapshot.categories], dtype=np.int64)

    def choose(self, customers: np.ndarray, scores: np.ndarray, cold: Callable[[np.ndarray], np.ndarray]) -> Chosen:
        """Return the best that may be shown, arranged by the rules.

        Args:
            customers: positions.
            scores: customers × products; -inf is never shown.
            cold: gives such scores that know products without history; asked where a rule explores.
        """
        excluded = self.eligibility.excluded(self.kind_of_list, customers)
        out = np.zeros(scores.shape, dtype=bool)
        for _, mask in excluded:
            out |= mask
        usable = np.where(out, -np.inf, scores)
        pool = best(usable, max(POOL, self.k) if self.arranging else self.k)
        lists = self._arranged(customers, pool, usable, cold)
        products, rule = lists.products[:, : self.k], lists.rule[:, : self.k]
        return Chosen(products, rule, self._passed_over(scores, out, excluded, pool[:, : self.k], products, rule))

    def _arranged(self, customers: np.ndarray, pool: np.ndarray, usable: np.ndarray, cold) -> Arranged:
        lists, of = Arranged(pool, np.full(pool.shape, NOBODY)), self._of
        explored = [round(rule.value * self.k) for _, rule in of("exploration_share")]
        room = max(self.k - len(of("pin")) - sum(explored), 0)
        for _, rule in of("per_category"):
            lists = lists.thinned(self._groups(rule), int(rule.value))
        for number, rule in of("promoted_share"):
            least = min(round(rule.value * self.k), room)
            lists = lists.promoted(best(usable, least, rule.products), room, number)
        for (number, rule), count in zip(of("exploration_share"), explored, strict=True):
            fitting = np.where(usable > -np.inf, cold(customers), -np.inf)
            near = best(fitting, DRAWN_FROM * count, rule.products & self.is_cold)
            lists = lists.with_inserted(self._drawn(customers, near, count), room, number)
            room += count
        for number, rule in sorted(of("pin"), key=lambda pin: pin[1].value):
            lists = lists.with_inserted(best(usable, 1, rule.products), int(rule.value) - 1, number)
        return lists

    def _of(self, kind: str) -> list[tuple[int, Rule]]:
        return [(number, rule) for number, rule in self.arranging if rule.kind == kind]

    def _groups(self, rule: Rule) -> np.ndarray:
        return np.where(rule.products, self.categories, NOBODY)

    def _drawn(self, customers: np.ndarray, near: np.ndarray, count: int) -> np.ndarray:
        """Draw `count` of the products that fit each customer best."""
        ids = self.eligibility.data.snapshot.customer_ids
        luck = np.empty(near.shape)
        for row, customer in enumerate(customers):
            seed = hashlib.sha256(f"{self.seed} {ids[customer]}".encode()).digest()[:8]
            luck[row] = np.random.default_rng(int.from_bytes(seed)).random(near.shape[1])
        order = np.argsort(np.where(near == NOBODY, 2.0, luck), axis=1, kind="stable")
        return np.take_along_axis(near, order, axis=1)[:, :count]

    def _passed_over(self, scores, out, excluded, ranked, products, rule) -> np.ndarray:
        """Return what a list without rules would have shown before its last place, once for each rule that says no.

        `ranked` is what the ranker has for the places; of what is excluded the WATCHED best are looked at.
        """
        kept = _values(scores, ranked)
        worst = kept[:, -1] if kept.shape[1] == self.k else np.full(len(kept), -np.inf)
        worst = np.maximum(worst, np.finfo(scores.dtype).min)  # what is -inf is never shown
        barred, found = ranking.best_of(scores, out & (scores >= worst[:, None]), WATCHED), []
        values = _values(scores, barred)
        better = (kept[:, None, :] > values[:, :, None]).sum(axis=2)
        row, place = np.nonzero((barred != NOBODY) & (better < self.k))
        product, rank = barred[row, place], place + better[row, place] + 1
        for number, mask in excluded:
            says_no = mask[row, product]
            found.append((row[says_no], product[says_no], np.full(says_no.sum(), number), rank[says_no]))
        row, place = np.nonzero((ranked != NOBODY) & ~among(ranked, products))
        by = np.where(rule == NOBODY, len(self.rules), rule).min(axis=1, initial=len(self.rules))[row]
        for number, each in self._of("per_category"):
            by[surplus(ranked, self._groups(each), int(each.value))[row, place]] = number
        above = (values[row] > kept[row, place][:, None]).sum(axis=1)
        found.append((row, ranked[row, place], by, place + above + 1))
        return np.concatenate([np.column_stack(part) for part in found]).astype(np.int32)


def _values(scores: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Return the scores of products, -inf of NOBODY."""
    return np.where(products == NOBODY, -np.inf, np.take_along_axis(scores, products, axis=1))
