"""Who is harder to tell: logins on a friend's device and on public terminals, and browsers that lost their cookies."""

from collections.abc import Iterator

import numpy as np

from scrapers.demo import bots, segment
from scrapers.demo.oddities import BROWSER
from scrapers.demo.people import customer_id, identifier, people
from scrapers.demo.world import World

VISITS_PER_VISIT = {"borrows": 0.002, "at_terminal": 0.006, "renews": 0.01}
CUSTOMERS_PER_TERMINAL = 200


def lines(world: World, day: int, block: int, people_visits: int) -> list[bytes]:
    """Return such visits of one block of a day."""
    draws, everyone, out = world.rng("mixups", day, block), people(world), []
    active = np.flatnonzero((everyone.registered_day < day) & ~everyone.is_cold)
    for way in (borrows, at_terminal, renews):
        for visit in range(int(draws.poisson(people_visits * VISITS_PER_VISIT[way.__name__])) if len(active) else 0):
            prefix = f"{day:04d}-{block:03d}-{way.__name__}{visit:02d}"
            anonymous_id, steps = way(world, draws, int(draws.choice(active)), prefix)
            out += bots.written(world, draws, day, prefix, anonymous_id, BROWSER, steps)
    return out


def borrows(world: World, draws: np.random.Generator, customer: int, prefix: str) -> tuple[str, Iterator]:
    """Log in once on a device of somebody else."""
    owner = (customer + int(draws.integers(2, world.customers - 1))) % world.customers
    return people(world).anonymous_id(owner, 0), _login(world, customer)


def at_terminal(world: World, draws: np.random.Generator, customer: int, prefix: str) -> tuple[str, Iterator]:
    """Log in on a terminal that anybody may use."""
    number = int(draws.integers(max(1, world.customers // CUSTOMERS_PER_TERMINAL)))
    return terminal(world, number), _login(world, customer)


def renews(world: World, draws: np.random.Generator, customer: int, prefix: str) -> tuple[str, Iterator]:
    """Come back on a device of one's own without its cookies: an alias says which one it was before."""
    before = people(world).anonymous_id(customer, int(people(world).devices[customer]) - 1)
    return identifier(world.seed, prefix), _renewal(world, draws, before)


def terminal(world: World, number: int) -> str:
    """Return the anonymousId of a public terminal."""
    return identifier(world.seed, "terminal", number)


def _login(world: World, customer: int) -> Iterator[tuple[segment.Step, float]]:
    yield segment.opening(False, "null", "/"), 20
    yield segment.identify(f'"{customer_id(customer)}"', people(world).email(customer)), 0


def _renewal(world: World, draws: np.random.Generator, before: str) -> Iterator[tuple[segment.Step, float]]:
    yield segment.alias(before), 5
    yield segment.opening(False, "null", "/"), 20
    for step in bots.views(world, draws, 1):
        yield step, 0
