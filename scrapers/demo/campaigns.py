"""E-mail campaigns: two with a random hold-out and a known effect, and a newsletter that causes nothing."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from scrapers.demo.catalogue import catalogue
from scrapers.demo.people import NEVER, customer_id, people
from scrapers.demo.world import World

WINDOW = 7  # days in which a campaign can cause a purchase
CLIENTS = ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15", "QQMail/6.5 (Android 15)")


class Campaign(NamedTuple):
    """A campaign as it was planned: each delivered treated customer buys once more with `added_probability`."""

    campaign_id: str
    category: str
    at: float
    hold_out_share: float
    added_probability: float


CAMPAIGNS = (
    Campaign("spring_tea", "Tea", 0.4, 0.4, 0.2),
    Campaign("early_summer_outdoor", "Outdoor", 0.7, 0.3, 0.12),
)
NEWSLETTER = Campaign("newsletter", "", 0, 0, 0)


class Mailing(NamedTuple):
    """A campaign as it happened: arrays over the eligible customers; NEVER where no purchase was caused."""

    campaign: Campaign
    number: int
    sent_day: int
    customers: np.ndarray
    is_treated: np.ndarray
    is_delivered: np.ndarray
    caused_day: np.ndarray
    caused_product: np.ndarray


@lru_cache(maxsize=4)
def mailings(world: World) -> tuple[Mailing, ...]:
    """Return everything that was ever mailed, in the order of `number`."""
    planned = [(campaign, int(world.days * campaign.at)) for campaign in CAMPAIGNS]
    planned += [(NEWSLETTER, day) for day in range(4, world.days, 14)]
    return tuple(_mailing(world, number, *plan) for number, plan in enumerate(planned))


def _mailing(world: World, number: int, campaign: Campaign, day: int) -> Mailing:
    everyone, shop, draws = people(world), catalogue(world), world.rng("mailing", number)
    may_email = everyone.consents[:, 2] & (everyone.registered_day < day) & ~everyone.is_cold
    customers = np.flatnonzero(may_email)
    treated = draws.random(len(customers)) >= campaign.hold_out_share
    delivered = treated & (draws.random(len(customers)) < 0.98)
    caused = delivered & (draws.random(len(customers)) < campaign.added_probability)
    days = np.where(caused, day + draws.integers(1, WINDOW, size=len(customers)), NEVER)
    of_category = np.array([product.category == campaign.category for product in shop.products])
    weights = shop.popularity * of_category * (shop.launch_day <= day)
    products = np.full(len(customers), NEVER)
    if weights.sum() > 0:
        products = draws.choice(len(shop), size=len(customers), p=weights / weights.sum())
    return Mailing(campaign, number, day, customers, treated, delivered, days, products)


def caused_on(world: World, day: int) -> tuple[list[int], list[int], list[str]]:
    """Return who buys what on a day only because of which campaign."""
    found: tuple[list[int], list[int], list[str]] = ([], [], [])
    for mailing in mailings(world):
        hits = np.flatnonzero(mailing.caused_day == day)
        found[0].extend(mailing.customers[hits].tolist())
        found[1].extend(mailing.caused_product[hits].tolist())
        found[2].extend([mailing.campaign.campaign_id] * len(hits))
    return found


def email_events(world: World, day: int) -> list[dict]:
    """Return what the mail provider reports of one day, in the provider's shape."""
    found = []
    for mailing in mailings(world):
        if mailing.sent_day <= day <= mailing.sent_day + 3:
            found += [event for event in _reports(world, mailing) if event["day"] == day]
    found.sort(key=lambda event: (event["timestamp"], event["sg_event_id"]))
    for event in found:
        del event["day"]
    return found


@lru_cache(maxsize=8)
def _plan(world: World, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the random numbers of a mailing's reports."""
    mailing = mailings(world)[number]
    draws = world.rng("reports", number)
    return draws.random((len(mailing.customers), 5)), draws.integers(3, size=len(mailing.customers))


def _reports(world: World, mailing: Mailing) -> list[dict]:
    """Return all reports of a mailing: sent to treated customers, opened and clicked by some, sometimes unwelcome."""
    chances, delays = _plan(world, mailing.number)
    everyone, reports = people(world), []
    for place in np.flatnonzero(mailing.is_treated).tolist():
        customer = int(mailing.customers[place])
        when, opens, clicks, leaves, marks = chances[place].tolist()
        second = 3600 + int(when * 7200)

        def report(event: str, day: int, second: int, customer=customer, **more) -> None:
            reports.append(
                {
                    "sg_event_id": f"sg-{mailing.number}-{customer_id(customer)}-{event}",
                    "event": event,
                    "email": everyone.email(customer),
                    "timestamp": int(world.time(day, second).timestamp()),
                    "category": mailing.campaign.campaign_id,
                    "day": day,
                }
                | more
            )

        if not mailing.is_delivered[place]:
            report("bounce", mailing.sent_day, second)
            continue
        report("delivered", mailing.sent_day, second)
        caused = mailing.caused_day[place] != NEVER
        if not caused and opens > 0.45:
            continue
        day = mailing.sent_day + (0 if caused else int(delays[place]))
        client = {"useragent": CLIENTS[customer % len(CLIENTS)]}
        report("open", day, second + 9000, **client)
        if caused or clicks < 0.3:
            url = f"https://shop.example/?utm_source=email&utm_campaign={mailing.campaign.campaign_id}"
            report("click", day, second + 9060, url=url, **client)
        if leaves < 0.015:
            report("unsubscribe", day, second + 9120, **client)
        if marks < 0.006:
            report("spamreport", day, second + 9180)
    return reports
