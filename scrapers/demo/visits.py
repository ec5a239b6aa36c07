"""Who visits the shop on a day and why: drawn for a whole day at once, without any day before it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from scrapers.demo.campaigns import caused_on
from scrapers.demo.people import NEVER, people
from scrapers.demo.world import World

BLOCK = 1000  # visits that are worked out together
VISITOR = -1
LATEST_START = 82_000  # a visit ends on the day it began


class Visits(NamedTuple):
    """The visits of a day in the order of time; a day has them all, a block has a slice."""

    customer: np.ndarray  # index, or VISITOR
    product: np.ndarray  # what the visit is for, or NEVER
    campaign: np.ndarray  # the campaign that caused it, or ""
    second: np.ndarray
    lag: np.ndarray  # days between what happened and its arrival


@lru_cache(maxsize=4)
def visits(world: World, day: int) -> Visits:
    """Return the visits that arrive on a day."""
    everyone, draws = people(world), world.rng("visits", day)
    habits, goods = _due(world, day, draws)
    caused, caused_goods, campaigns = caused_on(world, day)
    rebought = (1 / everyone.periods)[everyone.staples != NEVER].sum() * 0.8
    busy = 1.25 if world.date(day).weekday() >= 5 else 0.9
    browsing = draws.poisson(max((world.sessions_per_day - rebought) * busy, 0.5))
    customer = np.concatenate([_browsing(world, day, draws, browsing), habits, np.array(caused, int)])
    product = np.concatenate([np.full(browsing, NEVER), goods, np.array(caused_goods, int)])
    campaign = np.concatenate([np.full(browsing + len(habits), "", "<U32"), np.array(campaigns, "<U32")])
    evening = draws.random(len(customer)) < 0.6
    hours = np.where(evening, draws.normal(12.8, 1.6, len(customer)), draws.uniform(0, 23, len(customer)))
    second = np.clip(hours * 3600, 60, LATEST_START).astype(int)
    lag = np.where(draws.random(len(customer)) < 0.03, draws.integers(1, 11, size=len(customer)), 0)
    known = np.where(customer == VISITOR, -10_000, everyone.registered_day[customer])
    lag = np.where((product == NEVER) & (lag <= day) & (known < day - lag), lag, 0)
    order = np.argsort(second, kind="stable")
    return Visits(customer[order], product[order], campaign[order], second[order], lag[order])


def _browsing(world: World, day: int, draws: np.random.Generator, count: int) -> np.ndarray:
    """Return who comes without a plan: registered customers by how active they are, and unknown visitors."""
    everyone = people(world)
    cumulated = np.cumsum(np.where(everyone.registered_day < day, everyone.activity, 0))
    found = np.searchsorted(cumulated, draws.random(count) * cumulated[-1], side="right")
    found = np.minimum(found, world.customers - 1)
    return np.where((draws.random(count) < 0.15) | (cumulated[-1] == 0), VISITOR, found)


def _due(world: World, day: int, draws: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return who comes to buy again what they always buy: roughly every `period` days, mostly."""
    everyone = people(world)
    due = ((day + everyone.phases) % everyone.periods == 0) & (everyone.staples != NEVER)
    due &= (everyone.registered_day < day)[:, None] & (draws.random(due.shape) < 0.8)
    rows, columns = np.nonzero(due)
    return rows, everyone.staples[rows, columns]


def blocks(world: World, day: int) -> int:
    """Return into how many blocks a day falls, at least one."""
    return max(1, -(-len(visits(world, day).customer) // BLOCK))


def block_of(world: World, day: int, block: int) -> Visits:
    """Return one block of a day's visits."""
    return Visits(*(column[block * BLOCK : (block + 1) * BLOCK] for column in visits(world, day)))
