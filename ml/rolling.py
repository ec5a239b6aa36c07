"""How every family did on windows of the past, each time fitted on what came before alone: rows of ml.evaluations.

One window proves nothing: how much better the published family is than each other has its paired bootstrap interval.
"""

from collections.abc import Iterator

import numpy as np
import psycopg

from ml import evaluation, gate, models, reading, writing
from ml.champion import KINDS, UNMEASURED
from ml.evaluation import Measured, Split
from ml.progress import announcer
from ml.windows import windows


def evaluate(connection: psycopg.Connection, business: str, count: int = 3) -> None:
    """Measure all families on the last `count` windows, and hold the published ones against the others."""
    say = announcer(business)
    snapshot = reading.snapshot(connection, business)
    standing = writing.champion(connection, business)
    if standing is None:
        say("skipped, there are no lists yet: run `python -m ml recommend`")
        return
    everything = np.ones(len(snapshot.interactions), dtype=bool)
    rows = []
    for number, window in enumerate(windows(snapshot, everything, count), 1):
        cut = evaluation.judged_by(snapshot, window)
        if cut is None:
            continue
        say(f"window {number}, {len(cut.judged):,} customers")
        fitted = models.fit_all(cut.data)
        slices = gate.slices(snapshot, cut.data.basket_counts)
        for kind, (measure, _) in KINDS.items():
            found = {name: measure(model, cut) for name, model in fitted.items()}
            published = standing.chosen.get(kind) or UNMEASURED
            for row in _of_window(cut, found, published, slices):
                rows.append((number, writing.as_time(cut.cut_at), kind, *row))
            best = max((name for name in found if name != published), key=lambda name: _mean(found[name]))
            difference = found[published].values[gate.METRIC] - found[best].values[gate.METRIC]
            low, high = gate.interval(difference)
            say(
                f"  {kind:16s}{published} {_mean(found[published]):.4f}, nearest {best} {_mean(found[best]):.4f}: "
                f"{difference.mean():+.4f} ({low:+.4f} to {high:+.4f})"
            )
    with connection.transaction():
        writing.of_run(connection, "evaluations", business, standing.run_id, rows)


def _mean(measured: Measured) -> float:
    return float(measured.values[gate.METRIC].mean()) if len(measured.customers) else 0.0


def _of_window(cut: Split, found: dict[str, Measured], published: str, slices) -> Iterator[tuple]:
    """Yield the rows of one window and kind of list: every family for everybody, the published one for each slice."""
    everybody = np.ones(cut.data.purchases.shape[0], dtype=bool)
    for name, measured in found.items():
        of = {gate.EVERYBODY: everybody} | (slices if name == published else {})
        for slice_, members in of.items():
            chosen = members[measured.customers]
            if not chosen.any():
                continue
            own = measured.values[gate.METRIC][chosen]
            difference = found[published].values[gate.METRIC][chosen] - own
            against = (None, None, None) if name == published else (difference.mean(), *gate.interval(difference))
            values = [float(measured.values[metric][chosen].mean()) for metric in evaluation.METRICS]
            beyond = evaluation.beyond_accuracy(measured.lists[chosen], cut.data)
            yield (name, slice_, int(chosen.sum()), *values, *beyond, *against)
