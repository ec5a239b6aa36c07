"""The feeds of the shop: what arrives on which day, in which order, and how a window of days falls into pages."""

import json
from bisect import insort
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from scrapers.demo import advertising, poison, registrations
from scrapers.demo.behaviour import block
from scrapers.demo.mail import email_events
from scrapers.demo.posts import CLOSE, OPEN, posts
from scrapers.demo.visits import blocks
from scrapers.demo.world import World

ORDER_COLUMNS = (
    *("order_id", "line_id", "customer_id", "product_id", "product_name", "quantity", "unit_price"),
    *("currency", "ordered_at", "status", "country"),
)
DUPLICATE_SHARE = 0.012
LONGEST_PAGE = 4 * 2**20  # bytes, unless one record alone is longer
GOOD, DUPLICATE = "", "duplicate"


class Feed(NamedTuple):
    """One feed: where it is served, its good records of a part of a day, and the frame of its pages."""

    name: str
    path: str
    content_type: str
    parts: Callable[[World, int], int]
    good: Callable[[World, int, int], list[bytes]]
    head: bytes = b""
    between: bytes = b"\n"
    tail: bytes = b"\n"


class Record(NamedTuple):
    """A record as it is served, and what it is in truth: good, a duplicate or a kind of poison."""

    raw: bytes
    truth: str


class Place(NamedTuple):
    """A place in a feed: the next record to serve. Written in addresses as 12.0.5000."""

    day: int
    part: int = 0
    offset: int = 0


def _one(world: World, day: int) -> int:
    return 1


def _rows(rows) -> list[bytes]:
    return [poison.csv_line(row) for row in rows]


def _mails(world: World, day: int, part: int) -> list[bytes]:
    return [json.dumps(event).encode() for event in email_events(world, day)]


FEEDS = {
    feed.name: feed
    for feed in (
        Feed("registrations", "/registrations.csv", "text/csv; charset=utf-8", _one,
             lambda world, day, part: _rows(registrations.registrations(world, day)),
             head=",".join(registrations.COLUMNS).encode() + b"\n"),
        Feed("events", "/events.jsonl", "application/x-ndjson; charset=utf-8", blocks,
             lambda world, day, part: block(world, day, part).events),
        Feed("orders", "/orders.csv", "text/csv; charset=utf-8", blocks,
             lambda world, day, part: _rows(block(world, day, part).orders),
             head=",".join(ORDER_COLUMNS).encode() + b"\n"),
        Feed("email_events", "/email_events.json", "application/json; charset=utf-8", _one, _mails,
             head=b"[", between=b",\n", tail=b"]\n"),
        Feed("posts", "/posts.rss", "application/rss+xml; charset=utf-8", _one,
             lambda world, day, part: [item.encode() for item in posts(world, day)],
             head=OPEN.encode(), tail=CLOSE.encode()),
        Feed("ad_spend", "/ad_spend.csv", "text/csv; charset=utf-8", _one,
             lambda world, day, part: _rows(advertising.spend(world, day)),
             head=",".join(advertising.SPEND_COLUMNS).encode() + b"\n"),
        Feed("campaign_contacts", "/campaign_contacts.csv", "text/csv; charset=utf-8", _one,
             lambda world, day, part: _rows(advertising.contacts(world, day)),
             head=",".join(advertising.CONTACT_COLUMNS).encode() + b"\n"),
    )
}  # fmt: skip


@lru_cache(maxsize=16)
def records(world: World, name: str, day: int, part: int) -> tuple[Record, ...]:
    """Return what a feed delivers in one part of a day: good records with duplicates and poison among them."""
    feed, draws = FEEDS[name], world.rng("delivery", name, day, part)
    good = feed.good(world, day, part)
    order = [(float(place), Record(raw, GOOD)) for place, raw in enumerate(good)]

    def add(after: float, record: Record) -> None:
        insort(order, (after + draws.random() * (len(good) - after), record))

    for place in (
        draws.choice(len(good), int(draws.binomial(len(good), DUPLICATE_SHARE)), replace=False) if good else ()
    ):
        add(float(place), Record(good[place], DUPLICATE))
    if part == 0:
        for raw in _again(world, feed, day, draws):
            add(-1.0, Record(raw, DUPLICATE))
        for kind, raw in poison.planted(world, name, day):
            if raw is not None:
                add(-1.0, Record(raw, kind))
            elif good:
                place = int(draws.integers(len(good)))
                add(float(place), Record(poison.conflicting(name, good[place]), kind))
    return tuple(record for _, record in order)


def _again(world: World, feed: Feed, day: int, draws) -> list[bytes]:
    """Return records of one earlier day that are delivered once more."""
    earlier = day - int(draws.choice([1, 1, 2, 3, 7, 30, 45]))
    if earlier < 0:
        return []
    good = feed.good(world, earlier, 0)
    return [raw for raw in good if draws.random() < DUPLICATE_SHARE]


def window(world: World, name: str, place: Place, until: int) -> Iterator[tuple[Place, Record]]:
    """Return the records from a place to the end of a half-open window of days, each with its place."""
    for day in range(max(place.day, 0), min(until, world.days)):
        for part in range(place.part if day == place.day else 0, FEEDS[name].parts(world, day)):
            first = place.offset if (day, part) == place[:2] else 0
            for offset, record in enumerate(records(world, name, day, part)[first:], first):
                yield Place(day, part, offset), record


def page(world: World, name: str, place: Place, until: int, size: int) -> tuple[bytes, Place | None]:
    """Return the body of one page and where the next one begins, None after the last."""
    raws, length = [], 0
    for at, record in window(world, name, place, until):
        length += len(record.raw)
        if raws and (len(raws) == size or length > LONGEST_PAGE):
            return body(FEEDS[name], raws), at
        raws.append(record.raw)
    return body(FEEDS[name], raws), None


def body(feed: Feed, raws: list[bytes]) -> bytes:
    """Return records in the frame of their feed; lines end with a line feed, an empty JSON lines page is empty."""
    if not raws:
        return feed.head + (feed.tail if feed.tail != b"\n" else b"")
    return feed.head + feed.between.join(raws) + feed.tail
