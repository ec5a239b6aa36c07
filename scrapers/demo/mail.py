"""What the mail provider reports of a mailing: what people do with an e-mail, and what machines do with it."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from scrapers.demo import mailboxes
from scrapers.demo.campaigns import Mailing, mailings
from scrapers.demo.mailboxes import PEOPLE, Report
from scrapers.demo.people import NEVER, customer_id, people
from scrapers.demo.world import World

CLIENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15",
    "QQMail/6.5 (Android 15)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
)
EAGER = 8  # one customer in so many reads an e-mail the moment it comes
READ_AFTER, READ_AT_ONCE = 9000, 2  # seconds
DAY = 86_400


def email_events(world: World, day: int) -> list[dict]:
    """Return what the mail provider reports of one day, in the provider's shape."""
    found = []
    for mailing in mailings(world):
        if mailing.sent_day <= day <= mailing.sent_day + 3:
            found += [event for event in _events(world, mailing) if event["day"] == day]
    found.sort(key=lambda event: (event["timestamp"], event["sg_event_id"]))
    for event in found:
        del event["day"]
    return found


def machines(world: World) -> Iterator[dict]:
    """Return every report that a machine made rather than a person."""
    for mailing in mailings(world):
        for event in _events(world, mailing):
            guise = event["sg_event_id"].split("-")[3]
            if guise in mailboxes.GUISES:
                yield {"event_id": event["sg_event_id"], "event": event["event"], "guise": guise}


@lru_cache(maxsize=8)
def _plan(world: World, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the random numbers of a mailing's reports."""
    mailing = mailings(world)[number]
    draws = world.rng("reports", number)
    return draws.random((len(mailing.customers), 5)), draws.integers(3, size=len(mailing.customers))


def _events(world: World, mailing: Mailing) -> Iterator[dict]:
    """Return all reports of a mailing: sent to treated customers, opened and clicked by some, sometimes unwelcome."""
    chances, delays = _plan(world, mailing.number)
    for place in np.flatnonzero(mailing.is_treated).tolist():
        customer = int(mailing.customers[place])
        when, *rest = chances[place].tolist()
        second, mail = 3600 + int(when * 7200), (mailing, customer)
        if not mailing.is_delivered[place]:
            yield _event(world, *mail, "bounce", Report("bounce", second))
            continue
        yield _event(world, *mail, "delivered", Report("delivered", second))
        guise = mailboxes.guises(world)[customer]
        for number, act in enumerate(mailboxes.reports(world, mailing.number, customer)):
            yield _event(world, *mail, f"{guise}-{number}", act._replace(after=second + act.after))
        is_caused = bool(mailing.caused_day[place] != NEVER)
        for name, act in _of_person(customer, guise, is_caused, int(delays[place]), *rest):
            yield _event(world, *mail, name, act._replace(after=second + act.after))


def _of_person(
    customer: int, guise: str, is_caused: bool, delay: int, opens: float, clicks: float, leaves: float, marks: float
) -> Iterator[tuple[str, Report]]:
    """Return what a person does with an e-mail, each with a name; seconds are from the delivery."""
    if not is_caused and opens > 0.45:
        return
    is_eager = guise == PEOPLE and not customer % EAGER
    read = READ_AT_ONCE if is_eager else READ_AFTER + (0 if is_caused else delay * DAY)
    client = CLIENTS[customer % len(CLIENTS)]
    if guise != mailboxes.prefetching.__name__:  # else the pictures are there already
        yield "open", Report("open", read, client)
    if is_caused or clicks < 0.3:
        yield "click", Report("click", read + 60, client, 0)
        if is_eager:
            yield "next", Report("click", read + 62, client, 1)
    if leaves < 0.015:
        yield "unsubscribe", Report("unsubscribe", read + 120, client)
    if marks < 0.006:
        yield "spamreport", Report("spamreport", read + 180)


def _event(world: World, mailing: Mailing, customer: int, name: str, act: Report) -> dict:
    """Return a report in SendGrid's shape; its seconds are from midnight of the day of the mailing."""
    day, second = divmod(act.after, DAY)
    event = {
        "sg_event_id": f"sg-{mailing.number}-{customer_id(customer)}-{name}",
        "event": act.event,
        "email": people(world).email(customer),
        "timestamp": int(world.time(mailing.sent_day + day, second).timestamp()),
        "category": mailing.campaign.campaign_id,
        "day": mailing.sent_day + day,
    }
    if act.link is not None:
        event["url"] = mailboxes.link(mailing.campaign.campaign_id, act.link)
    return event | ({"useragent": act.agent} if act.agent else {})
