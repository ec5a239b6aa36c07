"""What a model of sequences foretold from a snapshot (`ml/deep`), as rows of ml.sequences."""

from collections.abc import Iterator

import numpy as np
import psycopg
import scipy.sparse as sp

from ml.snapshot import Snapshot

IS_THERE = "select exists (select from ml.sequences where business = %s)"
SEQUENCES = """
    select history_rows, customer_id, product_ids, scores
    from ml.sequences
    where business = %s and data_fingerprint = %s
    order by history_rows, customer_id collate "C"
"""


def read(connection: psycopg.Connection, snapshot: Snapshot) -> dict[int, sp.csr_array]:
    """Return `Snapshot.sequences`; empty where they were learned from other content than the snapshot's."""
    if not connection.execute(IS_THERE, [snapshot.business]).fetchone()[0]:
        return {}
    found: dict[int, list[tuple]] = {}
    for seen, *row in connection.execute(SEQUENCES, [snapshot.business, snapshot.fingerprint()]):
        found.setdefault(seen, []).append(row)
    return {seen: _matrix(snapshot, rows) for seen, rows in found.items()}


def _matrix(snapshot: Snapshot, rows: list[tuple]) -> sp.csr_array:
    customers, products, scores = zip(*rows, strict=True)
    row = np.repeat(np.searchsorted(snapshot.customer_ids, customers), [len(each) for each in products])
    column = np.searchsorted(snapshot.product_ids, np.concatenate(products))
    return sp.csr_array((np.concatenate(scores).astype(np.float32), (row, column)), shape=snapshot.shape)


def rows(snapshot: Snapshot, found: dict[int, sp.csr_array]) -> Iterator[tuple]:
    """Yield rows of ml.sequences behind `business`, of matrices as in `Snapshot.sequences`."""
    ids, fingerprint = np.array(snapshot.product_ids), snapshot.fingerprint()
    for seen, scores in found.items():
        for customer in np.flatnonzero(np.diff(scores.indptr)):
            part = slice(scores.indptr[customer], scores.indptr[customer + 1])
            products = ids[scores.indices[part]].tolist()
            yield seen, snapshot.customer_ids[customer], products, scores.data[part].tolist(), fingerprint
