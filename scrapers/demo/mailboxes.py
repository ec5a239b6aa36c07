"""Machines that open e-mails and click in them, mailbox by mailbox: each gives itself away, but for the quiet ones."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from scrapers.demo.world import World

BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
NAMED = "Mozilla/5.0 (compatible; Barracuda Sentinel; link protection)"
PAGES = ("", "new", "favourites", "about", "preferences")
PEOPLE = "people"


class Report(NamedTuple):
    """What is done with an e-mail, so many seconds after the delivery; an open has no link."""

    event: str
    after: int
    agent: str = ""
    link: int | None = None


def prefetching(draws: np.random.Generator) -> Iterator[Report]:
    """Load the pictures of every e-mail, as Apple's Mail Privacy Protection does, whether or not anybody reads."""
    yield Report("open", int(draws.integers(1, 6 * 3600)), "Mozilla/5.0")


def scanning(draws: np.random.Generator) -> Iterator[Report]:
    """Load the pictures and try every link within seconds, some gateways at once and some when they get to it."""
    start = int(draws.integers(1, 3) if draws.random() < 0.7 else draws.integers(30, 600))
    yield Report("open", start, BROWSER)
    for link in range(len(PAGES)):
        yield Report("click", start + link // 2, BROWSER, link)


def hasty(draws: np.random.Generator) -> Iterator[Report]:
    """Try one link before anybody can have read."""
    yield Report("click", int(draws.integers(1, 5)), BROWSER, int(draws.integers(len(PAGES))))


def named(draws: np.random.Generator) -> Iterator[Report]:
    """Try one link at any time and say who it is."""
    yield Report("click", int(draws.integers(5, 3600)), NAMED, int(draws.integers(len(PAGES))))


def quiet(draws: np.random.Generator) -> Iterator[Report]:
    """Try one link as a person would; nothing gives it away."""
    yield Report("click", int(draws.integers(60, 3600)), BROWSER, int(draws.integers(len(PAGES))))


SHARES = {prefetching: 0.25, scanning: 0.06, hasty: 0.03, named: 0.03, quiet: 0.01}
GUISES = tuple(guise.__name__ for guise in SHARES)


@lru_cache(maxsize=4)
def guises(world: World) -> list[str]:
    """Return which machine stands before each customer's mailbox, PEOPLE for none."""
    chances = (*SHARES.values(), 1 - sum(SHARES.values()))
    return world.rng("mailboxes").choice((*GUISES, PEOPLE), world.customers, p=chances).tolist()


def reports(world: World, mailing: int, customer: int) -> list[Report]:
    """Return what machines do with the e-mail of a mailing to a customer."""
    acts = {guise.__name__: guise for guise in SHARES}.get(guises(world)[customer])
    return list(acts(world.rng("mailbox", mailing, customer))) if acts else []


def link(campaign_id: str, page: int) -> str:
    """Return the address of a link in a campaign's e-mail."""
    return f"https://shop.example/{PAGES[page]}?utm_source=email&utm_campaign={campaign_id}"
