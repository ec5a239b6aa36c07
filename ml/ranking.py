"""The best k of many scores, in blocks of bounded memory, the same on every machine."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

BLOCK_BYTES = 64 * 2**20
BLOCK_ROWS = 2048
GROUPS = 4  # of columns, for each place asked for


def blocks(rows: np.ndarray, columns: int) -> Iterator[np.ndarray]:
    """Cut `rows` into pieces of at most BLOCK_ROWS whose float32 scores of `columns` stay below BLOCK_BYTES."""
    size = max(1, min(BLOCK_ROWS, BLOCK_BYTES // (4 * max(columns, 1))))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def top(scores: np.ndarray, k: int) -> np.ndarray:
    """Return the columns of the k best scores of each row, best first; equal scores go to the lower column.

    The best of k groups of columns are k scores: the k best of all are among what is no worse than the worst of them.
    That is hardly more than k columns, found without a copy of the scores.
    """
    k = min(k, scores.shape[1])
    groups = GROUPS * max(k, 8)
    rows, width = len(scores), scores.shape[1] // groups
    if k == 0 or width < 2:
        return _partitioned(scores, k)
    bests = scores[:, : groups * width].reshape(rows, width, groups).max(axis=1)
    near = scores >= np.partition(bests, -k, axis=1)[:, -k, None]
    return best_of(scores, near, k)


def best_of(scores: np.ndarray, mask: np.ndarray, k: int) -> np.ndarray:
    """Return the columns of the k best entries of a mask in each row, best first, -1 where a row has fewer.

    Equal scores go to the lower column. An entry of -inf is as good as one outside of the mask.
    """
    found, many = np.full((len(scores), k), -1), GROUPS * max(k, 8)
    if np.count_nonzero(mask) > many * len(scores):
        full = np.count_nonzero(mask, axis=1) > many
        found[full] = _partitioned(np.where(mask[full], scores[full], -np.inf), k)
        mask = mask & ~full[:, None]
    # Of one dimension they are found five times as fast as of two.
    row, column = np.divmod(np.flatnonzero(mask), mask.shape[1])
    order, place = _in_rows(row, column, scores[row, column])
    kept = order[place < k]
    found[row[kept], place[place < k]] = column[kept]
    return found


def _partitioned(scores: np.ndarray, k: int) -> np.ndarray:
    """Return the same whatever the scores are; argpartition alone would break ties by the processor's vector width."""
    if k == 0:
        return np.zeros((len(scores), 0), dtype=np.intp)
    kth = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
    better = scores > kth
    equal = scores == kth
    room = k - better.sum(axis=1, keepdims=True)
    chosen = better | (equal & (np.cumsum(equal, axis=1, dtype=np.int32) <= room))
    columns = np.nonzero(chosen)[1].reshape(len(scores), k)
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)


def without(scores: np.ndarray, left_out: sp.csr_array | None) -> np.ndarray:
    """Return a copy of the scores in which the non-zero places of `left_out` (same shape) stand last."""
    if left_out is None:
        return scores
    scores = np.array(scores, dtype=np.float32)
    scores[left_out.nonzero()] = -np.inf
    return scores


def places(matrix: sp.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return the entries' positions, row by row and the greatest first, and each one's place in its row.

    Of equal entries the lower column stands first.
    """
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return _in_rows(row, matrix.indices, matrix.data)


def _in_rows(row: np.ndarray, column: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.lexsort([column, -values, row])
    return order, np.arange(len(order)) - np.searchsorted(row[order], row[order])


def strongest(matrix: sp.csr_array, count: int) -> sp.csr_array:
    """Keep each row's `count` greatest entries."""
    order, place = places(matrix)
    kept = np.sort(order[place < count])
    row = np.searchsorted(matrix.indptr, kept, side="right") - 1
    return sp.csr_array((matrix.data[kept], (row, matrix.indices[kept])), shape=matrix.shape)
