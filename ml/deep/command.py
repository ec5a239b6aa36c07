"""One business: what its sequences foretell, from everything and at the cuts by which models are judged."""

import numpy as np
import psycopg

from ml import features, reading, sequences, writing
from ml.deep import sasrec
from ml.progress import announcer
from ml.windows import windows


def foretell(connection: psycopg.Connection, business: str, count: int, force: bool) -> None:
    """Bring ml.sequences of a business up to date: one part for each history, all of them or none."""
    say = announcer(business)
    with writing.alone(connection, business):
        snapshot = reading.snapshot(connection, business)
        everything = np.ones(len(snapshot.interactions), dtype=bool)
        histories = [everything, *(window.history for window in windows(snapshot, everything, count))]
        if not force and snapshot.sequences.keys() >= {int(history.sum()) for history in histories}:
            say("nothing changed since sequences were learned; they stay (--force learns anew)")
            return
        parts = {}
        for history in histories:
            seen = int(history.sum())
            parts[seen] = sasrec.foretell(features.training(snapshot, history))
            people = int((np.diff(parts[seen].indptr) > 0).sum())
            say(f"from {seen:,} interactions: foretold {parts[seen].nnz:,} products for {people:,} customers")
        with connection.transaction():
            writing.replace(connection, "sequences", business, sequences.rows(snapshot, parts))
