"""Which products of a customer's history speak most for a listed one: the parts of which linear models make a score."""

import numpy as np

from ml.models.families import Recommender

MOST = 4


def carriers(fitted: dict[str, Recommender], history: np.ndarray, values: np.ndarray, lists: np.ndarray) -> np.ndarray:
    """Return the products that carry each listed one, strongest first, customers × k × up to MOST; -1 where none does.

    A family that has `between(bought, listed)`, the weight of a bought product for a listed one, adds its parts, each
    as a share of all its parts; a product does not speak for itself.

    Args:
        fitted: families by name.
        history: customers × products of their history, padded with -1.
        values: their strengths, same shape.
        lists: customers × k listed products.
    """
    if not history.shape[1]:
        return np.full((*lists.shape, 1), -1)
    bought, listed = np.broadcast_arrays(history[:, None, :], lists[:, :, None])
    total = np.zeros(bought.shape, dtype=np.float32)
    for family in fitted.values():
        if hasattr(family, "between"):
            part = family.between(bought, listed) * values[:, None, :]
            part[(bought < 0) | (bought == listed)] = 0
            whole = np.abs(part).sum(axis=2, keepdims=True)
            total += part / np.where(whole > 0, whole, 1)
    order = np.argsort(-total, axis=2, kind="stable")[:, :, :MOST]
    return np.where(np.take_along_axis(total, order, 2) > 0, np.take_along_axis(bought, order, 2), -1)
