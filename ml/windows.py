"""Cuts in time inside a history: what was known, and what followed; models learn and are judged on such windows.

Where customers come back, a window is a span of the calendar and all customers are cut at one moment. Where the
usual customer is seen once (films rated in one evening), no calendar window has both a before and an after, and
each customer's own rows are cut instead.
"""

from dataclasses import dataclass

import numpy as np

from ml.snapshot import Snapshot, once_a_moment

SHARE = 0.1
OWN_SHARE = 0.2
SEED = 20


@dataclass(frozen=True)
class Window:
    """Masks over the interactions of a snapshot.

    Attributes:
        history: what was known; nothing of `future` is in it.
        future: what followed, within the window's length.
        cut_at: the moment between them (microseconds since 2000-01-01 UTC); None where each customer has its own.
    """

    history: np.ndarray
    future: np.ndarray
    cut_at: int | None


def length(rows: np.ndarray) -> int:
    """Return the span of the last SHARE of the target interactions `rows`, at least one microsecond."""
    moments = rows["occurred_at"]
    return int(moments.max()) + 1 - int(np.ceil(np.quantile(moments, 1 - SHARE))) if len(moments) else 1


def come_back(rows: np.ndarray) -> bool:
    """Say whether the median customer with two target interactions is active for longer than a window.

    `rows` are target interactions in order of customer and moment.
    """
    if not len(rows):
        return True
    starts = np.flatnonzero(np.r_[True, np.diff(rows["customer"]) != 0])
    counts = np.diff(np.r_[starts, len(rows)])
    spans = rows["occurred_at"][starts + counts - 1] - rows["occurred_at"][starts]
    several = spans[counts > 1]
    return not len(several) or np.median(several) >= length(rows)


def windows(snapshot: Snapshot, history: np.ndarray, count: int) -> list[Window]:
    """Return up to `count` windows inside `history` (a mask), the latest first, that have a before and an after."""
    rows = once_a_moment(snapshot.interactions[history & snapshot.targets()])
    if come_back(rows):
        found = _by_calendar(snapshot.interactions["occurred_at"], history, length(rows), count)
    else:
        found = _by_customer(snapshot.interactions, history, count)
    return [window for window in found if window.history.any() and window.future.any()]


def _by_calendar(moments: np.ndarray, history: np.ndarray, span: int, count: int) -> list[Window]:
    end, found = int(moments[history].max(initial=0)) + 1, []
    for _ in range(count):
        cut = end - span
        found.append(Window(history & (moments < cut), history & (moments >= cut) & (moments < end), cut))
        end = cut
    return found


def _by_customer(rows: np.ndarray, history: np.ndarray, count: int) -> list[Window]:
    found = []
    for _ in range(count):
        place, size = _place(rows, history)
        before = history & (place < np.ceil(size * (1 - OWN_SHARE)))
        found.append(Window(before, history & ~before, None))
        history = before
    return found


def _place(rows: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row its place among its customer's rows of the mask, in time, and how many those are."""
    at = np.flatnonzero(mask)
    order = at[np.argsort(rows["customer"][at], kind="stable")]
    customers = rows["customer"][order]
    starts = np.flatnonzero(np.r_[True, customers[1:] != customers[:-1]]) if len(order) else np.zeros(0, int)
    counts = np.diff(np.r_[starts, len(order)])
    place, size = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(starts, counts)
    size[order] = np.repeat(counts, counts)
    return place, size


def sampled(customers: np.ndarray, most: int) -> np.ndarray:
    """Return all, or `most` of them in their order: drawn by chance, the same ones each time."""
    if len(customers) <= most:
        return customers
    return np.sort(np.random.default_rng(SEED).choice(customers, most, replace=False))
