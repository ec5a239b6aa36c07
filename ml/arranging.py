"""How rules arrange lists: a block of lists at once, as customers × places; NOBODY stands where there is nothing."""

from dataclasses import dataclass

import numpy as np

from ml import ranking

NOBODY = -1
FEW = 0.25  # of all columns: they alone are copied


@dataclass(frozen=True)
class Arranged:
    """Lists, best first, and the number of the rule that put each product where it stands, NOBODY if none did."""

    products: np.ndarray
    rule: np.ndarray

    def thinned(self, groups: np.ndarray, most: int) -> "Arranged":
        """Move what is more than `most` of its group to the end; `groups` has one of each product or NOBODY."""
        return self._sorted(np.where(self.products == NOBODY, 2, surplus(self.products, groups, most)))

    def promoted(self, wanted: np.ndarray, room: int, number: int) -> "Arranged":
        """Let the products `wanted` of each list be among its first `room`, in the order that the list has."""
        lists = self._extended(wanted)
        sure = among(lists.products, wanted)
        other = np.cumsum(~sure, axis=1) - 1
        chosen = sure | (other < room - sure.sum(axis=1, keepdims=True))
        moved = sure & (np.arange(sure.shape[1]) >= room)
        return Arranged(lists.products, np.where(moved, number, lists.rule))._sorted(~chosen)

    def with_inserted(self, products: np.ndarray, place: int, number: int) -> "Arranged":
        """Put `products` (customers × some) at a place counted from 0; what stood there moves on."""
        stays = ~among(self.products, products)
        key = np.where(stays, np.cumsum(stays, axis=1) - 1.0, np.inf)
        new = np.where(products == NOBODY, np.inf, place - 0.5 + np.arange(products.shape[1]) / 1e4)
        kept = Arranged(np.where(stays, self.products, NOBODY), self.rule)
        return kept._joined(products, number)._sorted(np.concatenate([key, new], axis=1))

    def _extended(self, products: np.ndarray) -> "Arranged":
        """Append what is not in the lists yet."""
        return self._joined(np.where(among(products, self.products), NOBODY, products), NOBODY)._ended()

    def _joined(self, products: np.ndarray, number: int) -> "Arranged":
        rule = np.full(products.shape, number)
        return Arranged(np.hstack([self.products, products]), np.hstack([self.rule, rule]))

    def _ended(self) -> "Arranged":
        return self._sorted(self.products == NOBODY)

    def _sorted(self, key: np.ndarray) -> "Arranged":
        order = np.argsort(key, axis=1, kind="stable")
        return Arranged(*(np.take_along_axis(each, order, axis=1) for each in (self.products, self.rule)))


def best(scores: np.ndarray, k: int, of: np.ndarray | None = None) -> np.ndarray:
    """Return the k best columns of each row, of the columns of a mask `of`; NOBODY stands behind those above -inf."""
    if of is not None and of.mean() > FEW:
        scores, of = np.where(of, scores, -np.inf), None
    columns = np.arange(scores.shape[1]) if of is None else np.flatnonzero(of)
    some = scores if of is None else scores[:, columns]
    found = ranking.top(some, k)
    return np.where(np.take_along_axis(some, found, axis=1) > -np.inf, columns[found], NOBODY)


def among(products: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Say of each product (NOBODY never) whether it is among `others` of its row."""
    return (products != NOBODY) & (products[:, :, None] == others[:, None, :]).any(axis=2)


def surplus(products: np.ndarray, groups: np.ndarray, most: int) -> np.ndarray:
    """Say of each place whether `most` of the same group stand before it; what has no group is never too much."""
    group = np.where(products == NOBODY, NOBODY, groups[products])
    order = np.argsort(group, axis=1, kind="stable")
    ordered = np.take_along_axis(group, order, axis=1)
    starts = np.where(np.diff(ordered, axis=1, prepend=NOBODY - 1) != 0, np.arange(group.shape[1]), 0)
    before = np.empty_like(group)
    np.put_along_axis(before, order, np.arange(group.shape[1]) - np.maximum.accumulate(starts, axis=1), axis=1)
    return (group != NOBODY) & (before >= most)
