"""Stage one of two: every generator proposes its best products, and each pair is described by what was known then."""

from dataclasses import dataclass

import numpy as np

from ml import ranking
from ml.features import Training
from ml.snapshot import DAY

# How many products each family proposes to a customer.
PROPOSED = {
    "own_frequency": 60,
    "next_window": 60,
    "ease": 50,
    "als": 30,
    "lightfm": 30,
    "co_visitation": 30,
    "content": 20,
    "trending": 30,
}
DAYS = (7, 14, 30, 60, 90)


@dataclass(frozen=True)
class Pairs:
    """Candidates of some customers: `row` is the position in the customers asked for, ascending."""

    row: np.ndarray
    product: np.ndarray
    features: np.ndarray
    names: list[str]
    is_new: np.ndarray

    def where(self, mask: np.ndarray) -> "Pairs":
        """Return the pairs of a mask."""
        return Pairs(self.row[mask], self.product[mask], self.features[mask], self.names, self.is_new[mask])


class Candidates:
    """Knows the fitted families of one moment and the history before it."""

    def __init__(self, data: Training, fitted: dict, allowed: np.ndarray | None = None):
        """Take families fitted on `data`; only products of the mask `allowed` are proposed (default: those known)."""
        self.data, self.allowed = data, data.known if allowed is None else allowed
        self.generators = {name: fitted[name] for name in PROPOSED if name in fitted}
        self.products, self.customers = _of_products(data), _of_customers(data)
        self.own = _Own(data)

    def pairs(self, customers: np.ndarray) -> Pairs:
        """Return the union of what the families propose to each of `customers`, with its features."""
        blocks = list(ranking.blocks(customers, len(self.generators) * len(self.allowed)))
        if len(blocks) < 2:
            return self._pairs(customers)
        parts, starts = [self._pairs(block) for block in blocks], np.cumsum([0, *map(len, blocks)])
        row = np.concatenate([part.row + start for part, start in zip(parts, starts, strict=False)])
        product, features, is_new = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("product", "features", "is_new")
        )
        return Pairs(row, product, features, parts[0].names, is_new)

    def _pairs(self, customers: np.ndarray) -> Pairs:
        scores = {name: model.scores(customers) for name, model in self.generators.items()}
        proposed = np.zeros((len(customers), len(self.allowed)), dtype=bool)
        bought = self.data.purchases[customers].nonzero()
        for name, found in scores.items():
            usable = np.where(self.allowed, found, -np.inf)
            np.put_along_axis(proposed, ranking.top(usable, PROPOSED[name]), True, axis=1)
            if name != "own_frequency":
                usable[bought] = -np.inf
                np.put_along_axis(proposed, ranking.top(usable, PROPOSED[name]), True, axis=1)
        proposed &= self.allowed
        row, product = np.nonzero(proposed)
        columns = {}
        for name, found in scores.items():
            value = np.asarray(found[row, product], dtype=np.float32)
            columns[f"{name}_score"] = value
            columns[f"{name}_rank"] = _rank(row, value)
        columns |= {name: values[product] for name, values in self.products.items()}
        columns |= {name: values[customers[row]] for name, values in self.customers.items()}
        columns |= self.own.of(customers[row], product)
        last = columns["customer_last_days"]
        columns["launched_since"] = (columns["product_age_days"] < last).astype(np.float32)
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["own_over_product_interval"] = columns["own_last_days"] / columns["product_interval_days"]
            columns["own_share"] = columns["own_count"] / columns["customer_baskets"]
        names = list(columns)
        features = np.column_stack([columns[name] for name in names]).astype(np.float32)
        return Pairs(row, product, features, names, columns["own_count"] == 0)


def _rank(row: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return each value's place among those of its row, the greatest first."""
    order = np.lexsort([-value, row])
    starts = np.searchsorted(row, row[order])
    place = np.empty(len(row), dtype=np.float32)
    place[order] = np.arange(len(row)) - starts
    return place


def _of_products(data: Training) -> dict[str, np.ndarray]:
    """Return what is known of each product at the moment: sales of late, trend, age, how often it is bought again."""
    count, rows, nan = len(data.known), data.rows, np.nan
    age = (data.moment - rows["occurred_at"]) / DAY
    sold = {days: np.bincount(rows["product"][age < days], minlength=count).astype(np.float32) for days in DAYS}
    first, last = np.full(count, nan), np.full(count, nan)
    order = np.argsort(age, kind="stable")
    first[rows["product"][order]] = age[order]
    last[rows["product"][order[::-1]]] = age[order[::-1]]
    again = data.purchases.copy()
    again.data = (again.data > 1).astype(np.float32)
    repeated = np.asarray(again.sum(axis=0)).ravel()
    interval = _interval(data)
    return {
        "product_customers": np.log1p(data.popularity),
        "product_recent": np.log1p(data.recent),
        **{f"product_sold_{days}": np.log1p(values) for days, values in sold.items()},
        "product_trend_30_90": (sold[30] + 1) / (sold[90] + 3),
        "product_trend_14_60": (sold[14] + 1) / (sold[60] + 4.3),
        "product_age_days": first,
        "product_last_days": last,
        "product_repeat_share": repeated / np.maximum(data.popularity, 1),
        "product_interval_days": interval,
    }


def _interval(data: Training) -> np.ndarray:
    """Return the mean days between two purchases of a product by one customer; nan where nobody bought it twice."""
    rows = data.rows[np.lexsort([data.rows["occurred_at"], data.rows["product"], data.rows["customer"]])]
    same = (np.diff(rows["customer"]) == 0) & (np.diff(rows["product"]) == 0)
    days = (np.diff(rows["occurred_at"]) / DAY)[same]
    product, count = rows["product"][1:][same], len(data.known)
    with np.errstate(invalid="ignore"):
        return np.bincount(product, days, count) / np.bincount(product, minlength=count).astype(float)


def _of_customers(data: Training) -> dict[str, np.ndarray]:
    """Return what is known of each customer: how often and how much, since when, and how much of it was new."""
    rows, count = data.rows, data.purchases.shape[0]
    age = (data.moment - rows["occurred_at"]) / DAY
    baskets, first_of = np.unique(data.basket_of, return_index=True)
    visits = np.bincount(rows["customer"][first_of], minlength=count).astype(np.float32)
    lines = np.bincount(rows["customer"], minlength=count).astype(np.float32)
    oldest, latest = np.full(count, np.nan), np.full(count, np.nan)
    oldest[rows["customer"][::-1]] = age[::-1]
    latest[rows["customer"]] = age
    order = np.lexsort([rows["occurred_at"], rows["product"], rows["customer"]])
    is_first = np.ones(len(rows), dtype=bool)
    is_first[order[1:]] = (np.diff(rows["customer"][order]) != 0) | (np.diff(rows["product"][order]) != 0)
    late = age < 90
    new_late = np.bincount(rows["customer"][late & is_first], minlength=count)
    lines_late = np.bincount(rows["customer"][late], minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "customer_baskets": visits,
            "customer_lines": lines,
            "customer_products": np.diff(data.purchases.indptr).astype(np.float32),
            "customer_basket_size": lines / visits,
            "customer_first_days": oldest,
            "customer_last_days": latest,
            "customer_interval_days": (oldest - latest) / (visits - 1),
            "customer_new_share": np.bincount(rows["customer"][is_first], minlength=count) / lines,
            "customer_new_share_90": new_late / lines_late,
        }


class _Own:
    """What each customer did with each product, found by key."""

    def __init__(self, data: Training):
        rows, self.width = data.rows, data.purchases.shape[1]
        key = rows["customer"].astype(np.int64) * self.width + rows["product"]
        order = np.lexsort([rows["occurred_at"], key])
        age = ((data.moment - rows["occurred_at"]) / DAY)[order]
        self.keys, start, self.count = np.unique(key[order], return_index=True, return_counts=True)
        self.first, self.last = age[start], age[start + self.count - 1] if len(start) else age
        before = np.where(self.count > 1, start + self.count - 2, start)
        self.last_gap = np.where(self.count > 1, age[before] - self.last, np.nan) if len(start) else age

    def of(self, customers: np.ndarray, products: np.ndarray) -> dict[str, np.ndarray]:
        """Return counts and days; nan where the customer never bought the product."""
        key = customers.astype(np.int64) * self.width + products
        at = np.minimum(np.searchsorted(self.keys, key), max(len(self.keys) - 1, 0))
        found = self.keys[at] == key if len(self.keys) else np.zeros(len(key), dtype=bool)
        nothing = np.full(len(key), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            taken = {
                "own_count": np.where(found, self.count[at], 0) if len(self.keys) else np.zeros(len(key)),
                "own_last_days": np.where(found, self.last[at], nothing) if len(self.keys) else nothing,
                "own_first_days": np.where(found, self.first[at], nothing) if len(self.keys) else nothing,
                "own_last_gap_days": np.where(found, self.last_gap[at], nothing) if len(self.keys) else nothing,
            }
            taken["own_interval_days"] = (taken["own_first_days"] - taken["own_last_days"]) / (taken["own_count"] - 1)
            taken["own_due"] = taken["own_last_days"] / taken["own_interval_days"]
        return taken
