"""Machines among the visitors: half say so in their user agent, half are only known by their inhuman speed."""

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
VISITS_PER_VISIT = 0.008  # of machines per visit of a person
PER_SECOND = 3


def count(world: World) -> int:
    """Return how many machines there are."""
    return max(6, world.customers // 40)


def bot(world: World, number: int) -> tuple[str, str]:
    """Return the anonymousId and the user agent of a machine."""
    agent = DECLARED[number // 2 % len(DECLARED)] if number % 2 == 0 else HIDDEN
    return identifier(world.seed, "bot", number), agent


def lines(world: World, day: int, block: int, people_visits: int) -> list[bytes]:
    """Return what machines do in one block of a day: dozens of product views, several a second."""
    draws, shop, date = world.rng("bots", day, block), catalogue(world), world.date(day).isoformat()
    out = []
    for visit in range(int(draws.poisson(people_visits * VISITS_PER_VISIT))):
        anonymous_id, agent = bot(world, int(draws.integers(count(world))))
        first, views, second = draws.integers(len(shop)), int(draws.integers(40, 80)), int(draws.integers(82_000))
        steps = []
        for place in (int(first + view) % len(shop) for view in range(views)):
            steps.append(segment.about("view", False, "null", shop.products[place], shop.fragments[place]))
        when = segment.Arrival(date, date, second, int(draws.integers(1000)), False)
        prefix = f"{day:04d}-{block:03d}-bot{visit:02d}"
        shared = segment.context(agent, "desktop", None)
        out += segment.lines(prefix, anonymous_id, shared, "", when, steps, [n // PER_SECOND for n in range(views)])
    return out
