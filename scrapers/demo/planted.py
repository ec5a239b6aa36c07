"""The planted truths of a world, row by row: tastes, identities, machines, campaigns and their effects."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from scrapers.demo import bots
from scrapers.demo.assortment import ARCHETYPES
from scrapers.demo.campaigns import WINDOW, mailings
from scrapers.demo.catalogue import catalogue
from scrapers.demo.people import NEVER, customer_id, people
from scrapers.demo.world import World


def customers(world: World) -> Iterator[dict]:
    """Return each customer's latent taste."""
    everyone, shop = people(world), catalogue(world)
    categories = sorted({product.category for product in shop.products})
    columns = np.array([categories.index(product.category) for product in shop.products])
    for index in range(world.customers):
        shares = np.bincount(columns, weights=everyone.affinity(index), minlength=len(categories))
        affinity = dict(zip(categories, shares.round(4).tolist(), strict=True))
        staples = [
            {"product_id": shop.products[place].product_id, "every_days": int(period)}
            for place, period in zip(everyone.staples[index], everyone.periods[index], strict=True)
            if place != NEVER
        ]
        yield {
            "customer_id": customer_id(index),
            "is_cold": bool(everyone.is_cold[index]),
            "archetype": ARCHETYPES[everyone.primary[index]].name,
            "second_archetype": ARCHETYPES[everyone.secondary[index]].name,
            "terms": ARCHETYPES[everyone.primary[index]].terms,
            "favourite_category": max(affinity, key=affinity.get),
            "affinity": affinity,
            "favourites": [shop.products[place].product_id for place in everyone.favourites[index]],
            "staples": staples,
        }


def products(world: World) -> Iterator[dict]:
    """Return each product's true terms, popularity and launch."""
    shop = catalogue(world)
    share = shop.popularity / shop.popularity.sum()
    for product, popularity in zip(shop.products, share.round(6).tolist(), strict=True):
        yield {
            "product_id": product.product_id,
            "category": product.path,
            "terms": product.terms,
            "is_cold": product.is_cold,
            "is_rebought": product.is_rebought,
            "launched_on": world.date(product.launch_day).isoformat(),
            "popularity": popularity,
        }


def identities(world: World, devices: dict[str, set], renewed: dict[str, set]) -> Iterator[dict]:
    """Return who is who: the devices of a person with their later ids, and those seen with the person logged in."""
    everyone = people(world)
    for index in range(world.customers):
        name = customer_id(index)
        own = [everyone.anonymous_id(index, device) for device in range(everyone.devices[index])]
        is_lent = index + 1 < world.customers and everyone.shares_device[index + 1]
        yield {
            "customer_id": name,
            "user_id": name,
            "email": everyone.email(index),
            "anonymous_ids": own,
            "renewed_ids": sorted(set().union(*(renewed[device] for device in own))),
            "shares_first_device_with": [
                customer_id(other)
                for other, shared in ((index - 1, everyone.shares_device[index]), (index + 1, is_lent))
                if shared
            ],
            "seen_logged_in_on": sorted(devices[name].intersection(own)),
            "seen_logged_in_elsewhere_on": sorted(devices[name].difference(own)),
        }


def machines(world: World, events: Counter) -> Iterator[dict]:
    """Return every machine with the number of its events."""
    for number in range(bots.count(world)):
        anonymous_id, agent, guise = bots.bot(world, number)
        yield {
            "anonymous_id": anonymous_id,
            "user_agent": agent,
            "guise": guise,
            "events": events[anonymous_id],
        }


def campaigns(world: World) -> Iterator[dict]:
    """Return each campaign with its true effect."""
    for mailing in mailings(world):
        if not mailing.campaign.added_probability:
            continue
        treated, delivered = int(mailing.is_treated.sum()), int(mailing.is_delivered.sum())
        happened = (mailing.caused_day != NEVER) & (mailing.caused_day < world.days)
        yield {
            "campaign_id": mailing.campaign.campaign_id,
            "category": mailing.campaign.category,
            "sent_on": world.date(mailing.sent_day).isoformat(),
            "window_days": WINDOW,
            "hold_out_share": mailing.campaign.hold_out_share,
            "added_purchase_probability": mailing.campaign.added_probability,
            "eligible": len(mailing.customers),
            "treated": treated,
            "delivered": delivered,
            "true_lift": mailing.campaign.added_probability * delivered / max(treated, 1),
            "caused_orders": int(happened.sum()),
        }


def assignments(world: World) -> Iterator[dict]:
    """Return each customer's arm in each campaign, and the orders that only the campaign caused."""
    for mailing in mailings(world):
        if not mailing.campaign.added_probability:
            continue
        columns = (mailing.customers, mailing.is_treated, mailing.is_delivered, mailing.caused_day)
        for customer, treated, delivered, caused in zip(*(column.tolist() for column in columns), strict=True):
            yield {
                "campaign_id": mailing.campaign.campaign_id,
                "customer_id": customer_id(customer),
                "arm": "treatment" if treated else "hold_out",
                "is_delivered": delivered,
                "caused_order_on": world.date(caused).isoformat() if NEVER < caused < world.days else None,
            }
