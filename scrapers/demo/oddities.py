"""People who could be taken for machines: strangers whose visits are unlike others, yet are no machine's."""

from collections.abc import Iterator

import numpy as np

from scrapers.demo import bots, segment
from scrapers.demo.catalogue import catalogue
from scrapers.demo.people import identifier
from scrapers.demo.world import World

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
VISITS_PER_VISIT = 0.005


def tabs(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Open a dozen products of a shelf at once, then read them."""
    yield segment.opening(False, "null", "/"), 10
    for step in bots.views(world, draws, draws.integers(8, 16)):
        yield step, 0.5


def reloads(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Load one page again and again until the product is back."""
    (step,) = bots.views(world, draws, 1)
    for _ in range(int(draws.integers(30, 60))):
        yield step, 1


def strolls(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Look at much of the shop in one evening."""
    yield segment.opening(False, "null", "/"), 20
    for step in bots.views(world, draws, draws.integers(30, 70)):
        yield step, float(draws.integers(4, 120))


def returns(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Fill a cart from a wish list elsewhere and go to the checkout, without a look at anything."""
    shop = catalogue(world)
    places = draws.integers(len(shop), size=3).tolist()
    cart = [(shop.products[place], shop.fragments[place], 1) for place in places]
    for product, fragment, _ in cart:
        yield segment.about("add", False, "null", product, fragment), 2
    yield segment.purchase("checkout", False, "null", "unfinished", cart), 0


WAYS = (tabs, reloads, strolls, returns)


def lines(world: World, day: int, block: int, people_visits: int) -> list[bytes]:
    """Return what such people do in one block of a day."""
    draws, out = world.rng("oddities", day, block), []
    for visit in range(int(draws.poisson(people_visits * VISITS_PER_VISIT))):
        prefix = f"{day:04d}-{block:03d}-odd{visit:02d}"
        way = WAYS[int(draws.integers(len(WAYS)))](world, draws)
        out += bots.written(world, draws, day, prefix, identifier(world.seed, prefix), BROWSER, way)
    return out
