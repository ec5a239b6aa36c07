"""What the models of products × products share: which products they can hold, and rows of length one."""

import numpy as np
import scipy.sparse as sp

from ml.features import Training

MOST_PRODUCTS = 8_000


def best_sellers(data: Training) -> np.ndarray:
    """Return positions, in order, of the MOST_PRODUCTS products that most customers bought, of those known."""
    order = np.lexsort([np.arange(len(data.known)), -data.popularity, ~data.known])
    return np.sort(order[: min(MOST_PRODUCTS, int(data.known.sum()))])


def unit_rows(matrix: sp.csr_array) -> sp.csr_array:
    """Scale each row to length one; an empty row stays."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = sp.diags_array(1 / np.where(length > 0, length, 1), format="csr")
    return sp.csr_array(scale @ matrix).astype(np.float32)


def still_there(learned: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return items and weights (items × items) without the items that have no position any more (-1)."""
    items, weights = learned["items"], learned["weights"]
    there = items >= 0
    return (items, weights) if there.all() else (items[there], weights[np.ix_(there, there)])


def spread(scores: np.ndarray, items: np.ndarray, products: int) -> np.ndarray:
    """Put scores of `items` into all columns; the others are zero."""
    whole = np.zeros((len(scores), products), dtype=np.float32)
    whole[:, items] = scores
    return whole


def between(
    items: np.ndarray, weights: np.ndarray, products: int, bought: np.ndarray, listed: np.ndarray
) -> np.ndarray:
    """Return the weights (items × items) of pairs of products; zero where one has none."""
    place = np.full(products + 1, -1)  # the last is for what is no product
    place[items] = np.arange(len(items))
    row, column = place[bought], place[listed]
    return np.where((row >= 0) & (column >= 0), weights[row, column], 0) if len(items) else np.zeros(bought.shape)
