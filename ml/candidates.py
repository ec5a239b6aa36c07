"""Stage one of two: every generator proposes its best products, and each pair is described by what was known then."""

from dataclasses import dataclass, replace

import numpy as np

from ml import ranking, sales
from ml.descriptions import Own, of_customers, of_products
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


@dataclass(frozen=True)
class Pairs:
    """Candidates of some customers.

    Attributes:
        row: the position in the customers asked for, ascending.
        features: pairs × names.
        shared: how many of the names, from the first on, tell of what is new to a customer too; the rest, sales of all
            and how far a customer's own have aged, tell what is bought again, and of what is new nothing.
    """

    row: np.ndarray
    product: np.ndarray
    features: np.ndarray
    names: list[str]
    shared: int
    is_new: np.ndarray

    def where(self, mask: np.ndarray) -> "Pairs":
        """Return the pairs of a mask."""
        return replace(self, **{name: getattr(self, name)[mask] for name in ("row", "product", "features", "is_new")})

    def of(self, names: list[str]) -> np.ndarray:
        """Return the features of these names, in their order; a name that is not there raises a ValueError."""
        return self.features if names == self.names else self.features[:, [self.names.index(name) for name in names]]


class Candidates:
    """Knows the fitted families of one moment and the history before it."""

    def __init__(self, data: Training, fitted: dict):
        """Take families fitted on `data`; only what `data.may_be_proposed` is proposed."""
        self.data, self.allowed = data, data.may_be_proposed
        self.generators = {name: fitted[name] for name in PROPOSED if name in fitted}
        sold = sales.known(data)
        self.own = Own(data, sold)
        self.products, self.customers = of_products(data, self.own), of_customers(data, self.own)
        self.sold, self.usual = sales.of_products(data, sold), sales.of_customers(data, sold)

    def pairs(self, customers: np.ndarray) -> Pairs:
        """Return the union of what the families propose to each of `customers`, with its features."""
        blocks = list(ranking.blocks(customers, len(self.generators) * len(self.allowed))) or [customers]
        parts, starts = [self._pairs(block) for block in blocks], np.cumsum([0, *map(len, blocks)])
        row = np.concatenate([part.row + start for part, start in zip(parts, starts, strict=False)])
        product, features, is_new = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("product", "features", "is_new")
        )
        return replace(parts[0], row=row, product=product, features=features, is_new=is_new)

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
        more = {name: values[product] for name, values in self.sold.items()}
        more |= {name: values[customers[row]] for name, values in self.usual.items()}
        more |= self.own.further(customers[row], product)
        columns["launched_since"] = columns["product_age_days"] < columns["customer_last_days"]
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["own_over_product_interval"] = columns["own_last_days"] / columns["product_interval_days"]
            columns["own_share"] = columns["own_count"] / columns["customer_baskets"]
            more["own_since_visit_days"] = columns["own_last_days"] - columns["customer_last_days"]
            more["visit_due"] = columns["customer_last_days"] / columns["customer_interval_days"]
            more["price_over_usual"] = more["product_price"] / more["customer_price"]
        features = np.column_stack([*columns.values(), *more.values()]).astype(np.float32)
        return Pairs(row, product, features, [*columns, *more], len(columns), columns["own_count"] == 0)

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
