"""What was sold, to whom and to nobody known: guests buy too, and what they buy tells what sells."""

import numpy as np

from ml.features import Training
from ml.snapshot import DAY, GUEST, SALE

DAYS = (3, 7, 14, 30, 60, 90)
LATE = 30


def known(data: Training) -> np.ndarray:
    """Return the rows of SALE that were known at the moment, in order of time.

    Where there are none, or customers have a cut each, what customers chose stands for them: one piece without a price.
    """
    sales, later = data.snapshot.sales, data.snapshot.interactions["occurred_at"][~data.history]
    if len(sales) and later.min(initial=np.iinfo(np.int64).max) > data.moment:
        return sales[sales["occurred_at"] <= data.moment]
    rows = np.zeros(len(data.rows), dtype=SALE)
    for name in ("customer", "product", "occurred_at"):
        rows[name] = data.rows[name]
    rows["quantity"], rows["price"] = 1, np.nan
    return rows[np.argsort(rows["occurred_at"], kind="stable")]


def of_products(data: Training, sales: np.ndarray) -> dict[str, np.ndarray]:
    """Return what is known of each product: lines, pieces and buyers of late, its trend, its price and its age."""
    count, product, age = len(data.known), sales["product"], _age(data, sales)
    is_guest = sales["customer"] == GUEST
    sold, columns = {}, {}
    for days in DAYS:
        late = age < days
        sold[days] = np.bincount(product[late], minlength=count)
        columns[f"sold_to_all_{days}"] = np.log1p(sold[days])
        columns[f"sold_to_guests_{days}"] = np.log1p(np.bincount(product[late & is_guest], minlength=count))
        columns[f"units_{days}"] = np.log1p(np.bincount(product[late], sales["quantity"][late], count))
    for days in (14, 30, 60):
        pairs = np.unique(sales[["customer", "product"]][(age < days) & ~is_guest])
        columns[f"buyers_{days}"] = np.log1p(np.bincount(pairs["product"], minlength=count))
    columns["sold_trend_7_30"] = (sold[7] + 1) / (sold[30] + 4.3)
    columns["sold_trend_14_60"] = (sold[14] + 1) / (sold[60] + 4.3)
    columns["sold_trend_30_90"] = (sold[30] + 1) / (sold[90] + 3)
    first, last = np.full(count, -np.inf), np.full(count, np.inf)
    np.maximum.at(first, product, age)
    np.minimum.at(last, product, age)
    columns["sold_first_days"] = np.where(last < np.inf, first, np.nan)
    columns["sold_last_days"] = np.where(last < np.inf, last, np.nan)
    columns["product_price"] = medians(product, sales["price"], count)
    columns["product_quantity"] = medians(product, sales["quantity"], count)
    late = age < LATE
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["price_change"] = medians(product[late], sales["price"][late], count) / columns["product_price"]
    return columns


def of_customers(data: Training, sales: np.ndarray) -> dict[str, np.ndarray]:
    """Return the usual price and quantity of each customer's lines."""
    own, count = sales[sales["customer"] != GUEST], data.purchases.shape[0]
    names = ("price", "quantity")
    return {f"customer_{name}": medians(own["customer"], own[name], count) for name in names}


def medians(group: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Return the median of the values of each of `count` groups; nan where there is none."""
    there = ~np.isnan(values)
    group, values = group[there], values[there]
    values = values[np.lexsort([values, group])]
    sizes = np.bincount(group, minlength=count)
    starts, found = np.cumsum(sizes) - sizes, np.full(count, np.nan)
    some = sizes > 0
    low, high = starts + (sizes - 1) // 2, starts + sizes // 2
    found[some] = (values[low[some]] + values[high[some]]) / 2
    return found


def _age(data: Training, sales: np.ndarray) -> np.ndarray:
    return (data.moment - sales["occurred_at"]) / DAY
