"""Removal effects in Markov chains of touches: what share of the conversions is lost where a channel is taken away.

Anderl, Becker, von Wangenheim, Schumann (2016), "Mapping the customer journey: Lessons learned from graph-based online
attribution modeling". A chain of order k remembers the last k channels.
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import spsolve

START = ()


class Path(NamedTuple):
    """Channels in the order in which they were met, on how many journeys, and how many of these converted."""

    channels: tuple[str, ...]
    journeys: float
    converted: float


class Chain(NamedTuple):
    """States that remember the last channels, how likely each follows which, and how likely each converts at once."""

    states: list[tuple[str, ...]]
    follows: csr_matrix
    converts: np.ndarray


def chain(paths: list[Path], order: int) -> Chain:
    """Return the chain of an order that the paths walk; state 0 is the start, whatever is left over is lost."""
    moves, converts, left = defaultdict(float), defaultdict(float), defaultdict(float)
    for path in paths:
        state = START
        for channel in path.channels:
            following = (*state, channel)[-order:]
            moves[state, following] += path.journeys
            left[state] += path.journeys
            state = following
        converts[state] += path.converted
        left[state] += path.journeys
    states = [START, *sorted(left.keys() - {START})]
    place = {state: at for at, state in enumerate(states)}
    cells = [(place[one], place[other], weight / left[one]) for (one, other), weight in moves.items()]
    rows, columns, chances = zip(*cells, strict=True) if cells else ((), (), ())
    follows = csr_matrix((chances, (rows, columns)), shape=(len(states), len(states)))
    return Chain(states, follows, np.array([converts[state] / left[state] if left[state] else 0 for state in states]))


def conversion_rate(walked: Chain, without: str | None = None) -> float:
    """Return the probability that a walk from the start converts; one that meets the channel `without` never does."""
    kept = np.array([without not in state for state in walked.states])
    follows = walked.follows[kept][:, kept]
    return float(spsolve(identity(kept.sum(), format="csr") - follows, walked.converts[kept])[0])


def removal_effects(paths: list[Path], order: int) -> dict[str, float]:
    """Return per channel the share of the conversions, 0..1, that is lost without it; nothing where none converted."""
    walked = chain(paths, order)
    whole = conversion_rate(walked)
    if whole <= 0:
        return {}
    channels = sorted({channel for path in paths for channel in path.channels})
    return {channel: min(max(1 - conversion_rate(walked, channel) / whole, 0.0), 1.0) for channel in channels}
