"""E-mail campaigns: two with a random hold-out and a known effect, and a newsletter that causes nothing."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from scrapers.demo.catalogue import catalogue
from scrapers.demo.people import NEVER, people
from scrapers.demo.world import World

WINDOW = 7  # days in which a campaign can cause a purchase


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
