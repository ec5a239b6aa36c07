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
    found = np.zeros((rows, k), dtype=np.intp)
    if np.count_nonzero(near) > groups * rows:  # many scores are equal
        many = np.count_nonzero(near, axis=1) > groups
        found[many] = _partitioned(scores[many], k)
        near[many] = False
    row, column, place = ranked(scores, near)
    kept = place < k
    found[row[kept], place[kept]] = column[kept]
    return found


def ranked(scores: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, column and place in its row of each entry of a mask, row by row and the best score first.

    Of equal scores the lower column stands first.
    """
    row, column = np.divmod(
        np.flatnonzero(mask), mask.shape[1]
    )  # of two dimensions at once it takes five times as long
    order = np.lexsort([column, -scores[row, column], row])
    row, column = row[order], column[order]
    return row, column, np.arange(len(row)) - np.searchsorted(row, row)


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
    order = np.lexsort([matrix.indices, -matrix.data, row])
    return order, np.arange(len(order)) - matrix.indptr[row[order]]


def strongest(matrix: sp.csr_array, count: int) -> sp.csr_array:
    """Keep each row's `count` greatest entries."""
    order, place = places(matrix)
    kept = np.sort(order[place < count])
    row = np.searchsorted(matrix.indptr, kept, side="right") - 1
    return sp.csr_array((matrix.data[kept], (row, matrix.indices[kept])), shape=matrix.shape)
