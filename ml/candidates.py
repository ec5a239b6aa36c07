"""Stage one of two: every generator proposes its best products, and each pair is described by what was known then."""

from dataclasses import dataclass

import numpy as np

from ml import ranking
from ml.features import Training

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
DAYS, LATE = (7, 14, 30, 60, 90), 90


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

    def __init__(self, data: Training, fitted: dict):
        """Take families fitted on `data`; only what `data.may_be_proposed` is proposed."""
        self.data, self.allowed = data, data.may_be_proposed
        self.generators = {name: fitted[name] for name in PROPOSED if name in fitted}
        self.own = _Own(data)
        self.products, self.customers = _of_products(data, self.own), _of_customers(data, self.own)

    def pairs(self, customers: np.ndarray) -> Pairs:
        """Return the union of what the families propose to each of `customers`, with its features."""
        blocks = list(ranking.blocks(customers, len(self.generators) * len(self.allowed))) or [customers]
        parts, starts = [self._pairs(block) for block in blocks], np.cumsum([0, *map(len, blocks)])
        row = np.concatenate([part.row + start for part, start in zip(parts, starts, strict=False)])
        product, features, is_new = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("product", "features", "is_new")
        )
        return Pairs(row, product, features, parts[0].names, is_new)

    def _pairs(self, customers: np.ndarray) -> Pairs:
        scores = {name: model.scores(customers) for name, model in self.generators.items()}
        row, product = np.nonzero(self._proposed(customers, scores))
        columns = {}
        for name, found in scores.items():
            value = np.asarray(found[row, product], dtype=np.float32)
            columns |= {f"{name}_score": value, f"{name}_rank": _rank(row, value)}
        columns |= {name: values[product] for name, values in self.products.items()}
        columns |= {name: values[customers[row]] for name, values in self.customers.items()}
        columns |= self.own.of(customers[row], product)
        columns["launched_since"] = columns["product_age_days"] < columns["customer_last_days"]
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["own_over_product_interval"] = columns["own_last_days"] / columns["product_interval_days"]
            columns["own_share"] = columns["own_count"] / columns["customer_baskets"]
        features = np.column_stack(list(columns.values())).astype(np.float32)
        return Pairs(row, product, features, list(columns), columns["own_count"] == 0)

    def _proposed(self, customers: np.ndarray, scores: dict[str, np.ndarray]) -> np.ndarray:
        """Say for customers × products whether a family has it among its best, or among its best of what is new."""
        proposed = np.zeros((len(customers), len(self.allowed)), dtype=bool)
        for name, found in scores.items():
            usable = np.where(self.allowed, found, -np.inf)
            np.put_along_axis(proposed, ranking.top(usable, PROPOSED[name]), True, axis=1)
            if name != "own_frequency":
                new = ranking.without(usable, self.data.purchases[customers])
                np.put_along_axis(proposed, ranking.top(new, PROPOSED[name]), True, axis=1)
        return proposed & self.allowed


def _rank(row: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return each value's place among those of its row, the greatest first."""
    order = np.lexsort([-value, row])
    starts = np.searchsorted(row, row[order])
    place = np.empty(len(row), dtype=np.float32)
    place[order] = np.arange(len(row)) - starts
    return place


class _Own:
    """What each customer did with each product: one entry per pair, by customer and product, and one of nothing."""

    def __init__(self, data: Training):
        self.width = len(data.known)
        key = data.rows["customer"].astype(np.int64) * self.width + data.rows["product"]
        order = np.lexsort([data.rows["occurred_at"], key])
        age = np.append(data.age[order], np.nan)
        self.keys, start, count = np.unique(key[order], return_index=True, return_counts=True)
        self.customer, self.product = np.divmod(self.keys, self.width)
        nothing = len(age) - 1
        last, before = start + count - 1, np.where(count > 1, start + count - 2, nothing)
        self.count = np.append(count, 0)
        self.first, self.last = age[np.append(start, nothing)], age[np.append(last, nothing)]
        self.last_gap = age[np.append(before, nothing)] - self.last

    def of(self, customers: np.ndarray, products: np.ndarray) -> dict[str, np.ndarray]:
        """Return counts and days; nan where the customer never bought the product."""
        key = customers.astype(np.int64) * self.width + products
        at = np.searchsorted(self.keys, key)
        at = np.where(np.append(self.keys, -1)[at] == key, at, len(self.keys))
        count, first, last = self.count[at], self.first[at], self.last[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            interval = (first - last) / (count - 1)
            return {
                "own_count": count,
                "own_last_days": last,
                "own_first_days": first,
                "own_last_gap_days": self.last_gap[at],
                "own_interval_days": interval,
                "own_due": last / interval,
            }


def _of_products(data: Training, own: _Own) -> dict[str, np.ndarray]:
    """Return what is known of each product at the moment: sales of late, trend, age, how often it is bought again."""
    count, product = len(data.known), data.rows["product"]
    sold = {days: np.bincount(product[data.age < days], minlength=count).astype(np.float32) for days in DAYS}
    first, last = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(first, product, data.age)
    np.minimum.at(last, product, data.age)
    is_sold = last < np.inf
    again, gaps = own.count[:-1] - 1, (own.first - own.last)[:-1]
    with np.errstate(invalid="ignore"):
        interval = np.bincount(own.product, gaps, count) / np.bincount(own.product, again, count)
    return {
        "product_customers": np.log1p(data.popularity),
        "product_recent": np.log1p(data.recent),
        **{f"product_sold_{days}": np.log1p(values) for days, values in sold.items()},
        "product_trend_30_90": (sold[30] + 1) / (sold[90] + 3),
        "product_trend_14_60": (sold[14] + 1) / (sold[60] + 4.3),
        "product_age_days": np.where(is_sold, first, np.nan),
        "product_last_days": np.where(is_sold, last, np.nan),
        "product_repeat_share": np.bincount(own.product, again > 0, count) / np.maximum(data.popularity, 1),
        "product_interval_days": interval,
    }


def _of_customers(data: Training, own: _Own) -> dict[str, np.ndarray]:
    """Return what is known of each customer: how often and how much, since when, and how much of it was new."""
    count, customer = data.purchases.shape[0], data.rows["customer"]
    baskets, lines = data.basket_counts, np.bincount(customer, minlength=count)
    oldest, latest = np.full(count, np.nan), np.full(count, np.nan)
    oldest[customer[::-1]], latest[customer] = data.age[::-1], data.age
    products = np.diff(data.purchases.indptr)
    lines_late = np.bincount(customer[data.age < LATE], minlength=count)
    new_late = np.bincount(own.customer[own.first[:-1] < LATE], minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "customer_baskets": baskets,
            "customer_lines": lines,
            "customer_products": products,
            "customer_basket_size": lines / baskets,
            "customer_first_days": oldest,
            "customer_last_days": latest,
            "customer_interval_days": (oldest - latest) / (baskets - 1),
            "customer_new_share": products / lines,
            "customer_new_share_90": new_late / lines_late,
        }
