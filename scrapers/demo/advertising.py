"""What the shop's marketing tools report of a day: what advertising cost, and whom each mailing reached or held out."""

from typing import NamedTuple

from scrapers.demo.campaigns import mailings
from scrapers.demo.people import customer_id
from scrapers.demo.world import World, iso

SPEND_COLUMNS = (
    *("spend_on", "channel", "campaign_id", "ad_group"),
    *("impressions", "clicks", "cost", "currency", "updated_at"),
)
CONTACT_COLUMNS = ("campaign_id", "customer_id", "arm", "is_control", "channel", "contacted_at")
RESTATED_AFTER = 3  # days, when the platform has taken out the clicks that were none
INVALID_SHARE = 0.04
COST_OF_A_MAIL = 0.02


class Ad(NamedTuple):
    """A group of advertisements that runs every day: impressions expected a day, and the price of a click."""

    channel: str
    campaign_id: str
    ad_group: str
    impressions: int
    click_rate: float
    click_price: float


ADS = (
    Ad("search", "brand", "tea", 900, 0.05, 1.40),
    Ad("search", "brand", "outdoor", 600, 0.04, 2.10),
    Ad("social", "discover", "", 4000, 0.008, 0.90),
)


def spend(world: World, day: int) -> list[tuple]:
    """Return the rows that arrive on a day: its own, and once more those of an earlier day as they stand finally."""
    rows = _of_ads(world, day, arrival=day) + _of_mailings(world, day)
    return rows + (_of_ads(world, day - RESTATED_AFTER, arrival=day) if day >= RESTATED_AFTER else [])


def _of_ads(world: World, day: int, arrival: int) -> list[tuple]:
    draws, rows = world.rng("advertising", day), []
    for ad in ADS:
        impressions = int(draws.poisson(ad.impressions))
        clicks = int(draws.binomial(impressions, ad.click_rate))
        invalid = int(draws.binomial(clicks, INVALID_SHARE))
        kept = clicks - invalid if arrival > day else clicks
        reported = impressions, kept, round(kept * ad.click_price, 2)
        rows.append((*_key(world, day, ad), *reported, "CNY", iso(world.time(arrival, 82_800))))
    return rows


def _key(world: World, day: int, ad: Ad) -> tuple:
    return world.date(day).isoformat(), ad.channel, ad.campaign_id, ad.ad_group


def _of_mailings(world: World, day: int) -> list[tuple]:
    rows = []
    for mailing in mailings(world):
        if mailing.sent_day == day:
            sent = int(mailing.is_treated.sum())
            reported = int(mailing.is_delivered.sum()), "", round(sent * COST_OF_A_MAIL, 2)
            key = world.date(day).isoformat(), "email", mailing.campaign.campaign_id, ""
            rows.append((*key, *reported, "CNY", iso(world.time(day, 82_800))))
    return rows


def contacts(world: World, day: int) -> list[tuple]:
    """Return a row for each customer of the mailings of a day, the held out ones too."""
    rows = []
    for mailing in mailings(world):
        if mailing.sent_day == day:
            at = iso(world.time(day, 3600))
            for customer, treated in zip(mailing.customers.tolist(), mailing.is_treated.tolist(), strict=True):
                group = ("treatment", "false") if treated else ("hold_out", "true")
                rows.append((mailing.campaign.campaign_id, customer_id(customer), *group, "email", at))
    return rows
