"""Matrices to learn from, cut at a moment: what happened at or after the cut is not in them."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ml.ranking import strongest
from ml.snapshot import DAY, EPOCH_YEAR, Snapshot, once_a_moment

HALF_LIFE_DAYS = 60
TERM_WEIGHT = 0.5
TERMS_PER_PRODUCT = 6


@dataclass(frozen=True)
class Training:
    """What a model is fitted on.

    Attributes:
        snapshot, history: the business, and the mask of its interactions that may be seen.
        rows: the target events of the history, once a moment, in order of customer and time.
        moment: when the last interaction of the history was (microseconds since 2000-01-01 UTC).
        purchases: customers × products, how often the target event happened (once a moment).
        strength: customers × products, log1p of recency-decayed interaction weights in units of a target
            event's weight, positive entries only.
        popularity: per product, how many customers did the target event.
        recent: per product, the recency-decayed number of target events.
        known: True for products with any interaction.
        customer_features, product_features: rows describe; an own column only where there is history,
            because an identity that was never trained is noise.
        customer_feature_names: `attribute=value` of each column behind the identities.
        fallback: per product, order lines of all time: the order when there is nothing else.
    """

    snapshot: Snapshot
    history: np.ndarray
    rows: np.ndarray
    moment: int
    purchases: sp.csr_array
    strength: sp.csr_array
    popularity: np.ndarray
    recent: np.ndarray
    known: np.ndarray
    customer_features: sp.csr_array
    product_features: sp.csr_array
    customer_feature_names: list[str]
    fallback: np.ndarray

    @property
    def is_warm(self) -> np.ndarray:
        """Say for each customer whether there is history to learn from."""
        return np.diff(self.strength.indptr) > 0

    @property
    def age(self) -> np.ndarray:
        """Return how many days before the moment each of `rows` was."""
        return (self.moment - self.rows["occurred_at"]) / DAY

    @property
    def may_be_proposed(self) -> np.ndarray:
        """Say for each product whether it was known and, at the end of the whole history, whether it is on offer."""
        return self.known & self.snapshot.is_offered if self.history.all() else self.known

    @property
    def baskets(self) -> sp.csr_array:
        """Return baskets (a customer at a moment, in order) × products, one where the product is in it."""
        shape = (int(self.basket_of[-1]) + 1 if len(self.rows) else 0, self.purchases.shape[1])
        ones = np.ones(len(self.rows), np.float32)
        return sp.csr_array((ones, (self.basket_of, self.rows["product"])), shape=shape)

    @property
    def basket_counts(self) -> np.ndarray:
        """Return how many baskets each customer had."""
        starts = np.unique(self.basket_of, return_index=True)[1]
        return np.bincount(self.rows["customer"][starts], minlength=self.purchases.shape[0])

    @property
    def basket_of(self) -> np.ndarray:
        """Return the number of each row's basket."""
        changes = [np.diff(self.rows[name]) != 0 for name in ("customer", "occurred_at")]
        return np.r_[0, np.cumsum(changes[0] | changes[1])] if len(self.rows) else np.zeros(0, np.int64)


def training(snapshot: Snapshot, history: np.ndarray | None = None) -> Training:
    """Build the matrices from the interactions of the mask `history`, or from all of them."""
    history = np.ones(len(snapshot.interactions), dtype=bool) if history is None else history
    seen = snapshot.interactions[history]
    rows = once_a_moment(seen[snapshot.targets()[history]])
    moment = int(seen["occurred_at"][-1]) if len(seen) else 0
    purchases, found = matrix(rows, snapshot.shape), strength(snapshot, history)
    names, described = customer_features(snapshot, np.diff(found.indptr) > 0, seen["occurred_at"])
    known = np.bincount(seen["product"], minlength=snapshot.shape[1]) > 0
    recent = np.bincount(rows["product"], _decay(rows["occurred_at"], moment), minlength=snapshot.shape[1])
    return Training(
        snapshot=snapshot,
        history=history,
        rows=rows,
        moment=moment,
        purchases=purchases,
        strength=found,
        popularity=np.bincount(purchases.indices, minlength=snapshot.shape[1]).astype(np.float32),
        recent=recent.astype(np.float32),
        known=known,
        customer_features=described,
        product_features=product_features(snapshot, known),
        customer_feature_names=names,
        fallback=snapshot.order_line_counts.astype(np.float32),
    )


def strength(snapshot: Snapshot, history: np.ndarray) -> sp.csr_array:
    """Return customers × products, log1p of the history's decayed weights in units of a target event's weight."""
    seen = snapshot.interactions[history]
    moment = int(seen["occurred_at"][-1]) if len(seen) else 0
    unit = _unit(seen["weight"][snapshot.targets()[history]])
    return _strength(matrix(seen, snapshot.shape, seen["weight"] * _decay(seen["occurred_at"], moment) / unit))


def bought(snapshot: Snapshot, mask: np.ndarray) -> sp.csr_array:
    """Return customers × products, 1 where a target event of the mask happened."""
    found = matrix(snapshot.interactions[mask & snapshot.targets()], snapshot.shape)
    found.data[:] = 1
    return found


def matrix(rows: np.ndarray, shape: tuple[int, int], values: np.ndarray | None = None) -> sp.csr_array:
    """Sum `values` (default: ones) per customer and product."""
    values = np.ones(len(rows)) if values is None else values
    summed = sp.coo_array((values, (rows["customer"], rows["product"])), shape=shape).tocsr()
    summed.sum_duplicates()
    return summed.astype(np.float32)


def customer_features(snapshot: Snapshot, is_warm: np.ndarray, moments: np.ndarray) -> tuple[list[str], sp.csr_array]:
    """Return names and customers × (identity of warm ones + attributes that some warm customer has)."""
    year = EPOCH_YEAR + int(moments[-1] // (365.25 * DAY)) if len(moments) else None
    found = []
    for attribute, values in snapshot.attributes.items():
        for customer, value in enumerate(values):
            if attribute == "birth_year":
                value = _age_band(value, year)
            if value not in (None, ""):
                found.append((customer, f"{'age' if attribute == 'birth_year' else attribute}={value}"))
    names = sorted({name for customer, name in found if is_warm[customer]})
    column = {name: at for at, name in enumerate(names)}
    kept = [(customer, column[name]) for customer, name in found if name in column]
    return names, _stack(is_warm, _indicators(kept, (len(snapshot.customer_ids), len(names))))


def product_features(snapshot: Snapshot, known: np.ndarray) -> sp.csr_array:
    """Return products × (identity of known ones + strongest shared terms + brand + category and its parents)."""
    found = []
    for product, (brand, category) in enumerate(zip(snapshot.brands, snapshot.categories, strict=True)):
        found += [(product, f"brand={brand}")] if brand else []
        parts = [part.strip() for part in (category or "").split(">") if part.strip()]
        found += [(product, "category=" + " > ".join(parts[: n + 1])) for n in range(len(parts))]
    column = {name: at for at, name in enumerate(sorted({name for _, name in found}))}
    labels = _indicators([(p, column[name]) for p, name in found], (len(known), len(column)))
    return _stack(known, TERM_WEIGHT * sp.hstack([_shared_terms(snapshot.terms), labels], format="csr"))


def _shared_terms(terms: sp.csr_array) -> sp.csr_array:
    """Keep the TERMS_PER_PRODUCT heaviest terms that at least two products share, each with weight one."""
    shared = terms[:, np.bincount(terms.indices, minlength=terms.shape[1]) >= 2].tocsr()
    kept = strongest(shared, TERMS_PER_PRODUCT)
    kept.data = np.ones(kept.nnz, np.float32)
    return kept


def _stack(has_identity: np.ndarray, described: sp.csr_array) -> sp.csr_array:
    at = np.flatnonzero(has_identity)
    shape = (len(has_identity), len(at))
    identity = sp.csr_array((np.ones(len(at), np.float32), (at, np.arange(len(at)))), shape=shape)
    return sp.hstack([identity, described], format="csr", dtype=np.float32)


def _indicators(pairs: list[tuple[int, int]], shape: tuple[int, int]) -> sp.csr_array:
    at = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return sp.csr_array((np.ones(len(at), np.float32), (at[:, 0], at[:, 1])), shape=shape)


def _age_band(birth_year: int | None, year: int | None) -> str | None:
    """Return a band of ten years such as `30s`, or None for an age that is missing or cannot be."""
    age = year - birth_year if birth_year and year else -1
    return f"{age // 10 * 10}s" if 10 <= age < 110 else None


def _decay(moments: np.ndarray, latest: int) -> np.ndarray:
    """Halve per HALF_LIFE_DAYS before the latest moment: the data's own clock, never the wall's."""
    return np.exp2((moments - latest) / DAY / HALF_LIFE_DAYS)


def _unit(weights: np.ndarray) -> float:
    """Return the mean weight of a target event, so that the scale of the business's weights does not matter."""
    mean = weights.mean() if len(weights) else 1.0
    return mean if mean > 0 else 1.0


def _strength(decayed: sp.csr_array) -> sp.csr_array:
    """Take log1p of what is positive; refunds may have brought a pair to nothing."""
    decayed.data = np.log1p(np.maximum(decayed.data, 0))
    decayed.eliminate_zeros()
    return decayed
