"""Machines among the visitors, in several guises: each gives itself away by one thing, and some by nothing."""

from collections.abc import Iterator

import numpy as np

from scrapers.demo import segment
from scrapers.demo.catalogue import catalogue
from scrapers.demo.people import identifier
from scrapers.demo.world import World

DECLARED = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "python-requests/2.32.3",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
)
HIDDEN = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
VISITS_PER_VISIT = 0.015  # of machines per visit of a person: about a tenth of all events
PER_SECOND = 3
BEAT_SECONDS = 40
LATEST = 82_000  # second of the day at which the last message has been sent


def declared(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Say what it is, and crawl fast."""
    return hasty(world, draws)


def hasty(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Look at dozens of products, several a second."""
    for step in views(world, draws, draws.integers(40, 80)):
        yield step, 1 / PER_SECOND


def steady(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Come in by the front door, then look at a product to the beat of a clock."""
    yield segment.opening(False, "null", "/"), BEAT_SECONDS
    for step in views(world, draws, draws.integers(30, 60)):
        yield step, BEAT_SECONDS


def harvesting(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Look at product after product in a person's pace, all day long."""
    for step in views(world, draws, draws.integers(60, 90)):
        yield step, float(draws.integers(5, 600))


def buying(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Try one checkout after another without a look at anything, as who tries stolen cards does."""
    shop = catalogue(world)
    for number in range(int(draws.integers(15, 30))):
        place = int(draws.integers(len(shop)))
        product, fragment = shop.products[place], shop.fragments[place]
        yield segment.about("add", False, "null", product, fragment), float(draws.integers(5, 60))
        cart = [(product, fragment, 1)]
        yield segment.purchase("checkout", False, "null", f"try-{number}", cart), float(draws.integers(5, 300))


def quiet(world: World, draws: np.random.Generator) -> Iterator[tuple[segment.Step, float]]:
    """Do as a person does; nothing gives it away."""
    yield segment.opening(False, "null", "/"), float(draws.integers(5, 60))
    for step in views(world, draws, draws.integers(3, 7)):
        yield step, float(draws.integers(5, 60))


GUISES = (declared, hasty, steady, harvesting, buying, quiet)


def views(world: World, draws: np.random.Generator, number: int) -> Iterator[segment.Step]:
    """Return looks at products that stand beside each other."""
    shop = catalogue(world)
    first = int(draws.integers(len(shop)))
    for place in (at % len(shop) for at in range(first, first + min(int(number), len(shop)))):
        yield segment.about("view", False, "null", shop.products[place], shop.fragments[place])


def count(world: World) -> int:
    """Return how many machines there are."""
    return max(len(GUISES), world.customers // 40)


def bot(world: World, number: int) -> tuple[str, str, str]:
    """Return the anonymousId, the user agent and the guise of a machine."""
    guise = GUISES[number % len(GUISES)].__name__
    agent = DECLARED[number // len(GUISES) % len(DECLARED)] if guise == "declared" else HIDDEN
    return identifier(world.seed, "bot", number), agent, guise


def lines(world: World, day: int, block: int, people_visits: int) -> list[bytes]:
    """Return what machines do in one block of a day."""
    draws, out = world.rng("bots", day, block), []
    for visit in range(int(draws.poisson(people_visits * VISITS_PER_VISIT))):
        number = int(draws.integers(count(world)))
        anonymous_id, agent, _ = bot(world, number)
        way = GUISES[number % len(GUISES)](world, draws)
        out += written(world, draws, day, f"{day:04d}-{block:03d}-bot{visit:02d}", anonymous_id, agent, way)
    return out


def written(world: World, draws, day: int, prefix: str, anonymous_id: str, agent: str, way) -> list[bytes]:
    """Return a visit at a desk as lines; `way` are its steps, each with the seconds until the next."""
    steps, pauses = zip(*way, strict=True)
    offsets = [int(second) for second in np.cumsum((0, *pauses[:-1]))]
    date = world.date(day).isoformat()
    begin = int(draws.integers(max(LATEST - offsets[-1], 1)))
    when = segment.Arrival(date, date, begin, int(draws.integers(1000)), False)
    return segment.lines(prefix, anonymous_id, segment.context(agent, "desktop", None), "", when, steps, offsets)
