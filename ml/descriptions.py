"""What is known at a moment of products, of customers, and of what each customer did with each product."""

import numpy as np

from ml.features import Training

DAYS, LATE = (7, 14, 30, 60, 90), 90
HALF_LIVES = (14, 30, 120)  # days


class Own:
    """What each customer did with each product: one entry per pair, by customer and product, and one of nothing."""

    def __init__(self, data: Training, sales: np.ndarray):
        """Take the history, and rows of SALE in order of time."""
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
        self.decayed = {days: np.append(self._summed(np.exp2(-age[:-1] / days), start), 0) for days in HALF_LIVES}
        baskets = data.basket_of[order] if len(order) else np.zeros(0, np.int64)
        latest = np.zeros(data.purchases.shape[0], np.int64)
        np.maximum.at(latest, data.rows["customer"][order], baskets)
        since = latest[self.customer] - baskets[last] if len(last) else np.zeros(0)
        self.baskets_since = np.append(since.astype(float), np.nan)
        at = self._places(sales["customer"], sales["product"])
        units, self.last_quantity = np.zeros(len(self.count)), np.full(len(self.count), np.nan)
        np.add.at(units, at, sales["quantity"])
        self.last_quantity[at] = sales["quantity"]  # of what stands at one place the last one stays
        units[-1], self.last_quantity[-1] = 0, np.nan
        self.units = np.log1p(units)

    @staticmethod
    def _summed(values: np.ndarray, start: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, start) if len(start) else values

    def _places(self, customers: np.ndarray, products: np.ndarray) -> np.ndarray:
        """Return where the entries of pairs stand; that of nothing where a customer never bought the product."""
        key = customers.astype(np.int64) * self.width + products
        at = np.searchsorted(self.keys, key)
        return np.where(np.append(self.keys, -1)[at] == key, at, len(self.keys))

    def of(self, customers: np.ndarray, products: np.ndarray) -> dict[str, np.ndarray]:
        """Return counts and days; nan where the customer never bought the product."""
        at = self._places(customers, products)
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

    def further(self, customers: np.ndarray, products: np.ndarray) -> dict[str, np.ndarray]:
        """Return what tells when something is bought again: baskets since, pieces, how fresh all of it is."""
        at = self._places(customers, products)
        return {
            "own_baskets_since": self.baskets_since[at],
            "own_units": self.units[at],
            "own_last_quantity": self.last_quantity[at],
            **{f"own_decayed_{days}": values[at] for days, values in self.decayed.items()},
        }


def of_products(data: Training, own: Own) -> dict[str, np.ndarray]:
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


def of_customers(data: Training, own: Own) -> dict[str, np.ndarray]:
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
