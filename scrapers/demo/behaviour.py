"""What the visitors of a block do: the messages their devices send and the orders they place."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from scrapers.demo import bots, mixups, oddities, segment
from scrapers.demo.assortment import ARCHETYPES, TERMS
from scrapers.demo.catalogue import catalogue
from scrapers.demo.people import NEVER, customer_id, identifier, people
from scrapers.demo.visits import VISITOR, block_of
from scrapers.demo.world import World, iso

DEVICES = (
    ("desktop", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"),
    ("app", "HuaxiangShop/4.2 (Android 15; Pixel 9)"),
    ("mobile", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"),
)
CHANNELS = (
    (None, ""),
    (None, "https://www.baidu.com/"),
    (("baidu", "cpc", "brand_search"), "https://www.baidu.com/"),
    (("google", "cpc", "generic_search"), "https://www.google.com/"),
    (("wechat", "social", "official_account"), "https://mp.weixin.qq.com/"),
    (("xiaohongshu", "social", "tea_notes"), "https://www.xiaohongshu.com/"),
    (("partner", "referral", "tea_blog"), "https://tea-blog.example/"),
)
CHANNEL_CHANCES = (0.45, 0.2, 0.1, 0.06, 0.1, 0.06, 0.03)
STATUSES, STATUS_CHANCES = ("completed", "cancelled", "refunded"), (0.94, 0.03, 0.03)
LONGEST = 20  # messages of a visit


class Block(NamedTuple):
    """What a block of visits left behind: event lines and order lines (as tuples of the CSV's columns)."""

    events: list[bytes]
    orders: list[tuple]


class Chances(NamedTuple):
    """All random numbers of a block, one row a visit."""

    product: list
    views: list
    u: list
    offset: list
    channel: list
    status: list
    milliseconds: list


@lru_cache(maxsize=8)
def block(world: World, day: int, number: int) -> Block:
    """Return what the visitors of one block did."""
    visits = block_of(world, day, number)
    count, found = len(visits.customer), Block([], [])
    chances = _chances(world, day, number, visits)
    columns = zip(*(column.tolist() for column in visits), *chances, strict=True)
    for place, row in enumerate(columns):
        _visit(world, day, f"{day:04d}-{number:03d}-{place:04d}", row, found)
    for others in (bots, oddities, mixups):
        found.events.extend(others.lines(world, day, number, count))
    return found


def _chances(world: World, day: int, number: int, visits) -> Chances:
    draws, n = world.rng("block", day, number), len(visits.customer)
    return Chances(
        _products(world, day, draws, visits).tolist(),
        np.minimum(draws.geometric(0.42, n), 5).tolist(),
        draws.random((n, 12)).tolist(),
        np.cumsum(draws.integers(5, 60, size=(n, LONGEST)), axis=1).tolist(),
        draws.choice(len(CHANNELS), size=n, p=CHANNEL_CHANCES).tolist(),
        draws.choice(len(STATUSES), size=n, p=STATUS_CHANCES).tolist(),
        draws.integers(1000, size=n).tolist(),
    )


def _products(world: World, day: int, draws, visits) -> np.ndarray:
    """Return five products a visit, drawn from the visitor's favourites, tastes and what everybody likes."""
    everyone, shop = people(world), catalogue(world)
    shape = (len(visits.customer), 5)
    source, customer = draws.random(shape), visits.customer[:, None]
    rows = np.where(source < 0.8, everyone.primary[customer], everyone.secondary[customer])
    rows = np.where((source > 0.93) | (customer == VISITOR), len(ARCHETYPES), rows)
    drawn = shop.choose(day, rows, draws.random(shape))
    favourite = everyone.favourites[customer, draws.integers(6, size=shape)]
    wanted = (source < 0.25) & (customer != VISITOR) & (shop.launch_day[favourite] <= day)
    return np.where(wanted, favourite, drawn)


def _visit(world: World, day: int, key: str, row: tuple, found: Block) -> None:
    """Add the messages and the order of one visit."""
    customer, aim, campaign, second, lag, drawn, views, u, offsets, channel, status, milliseconds = row
    everyone, shop = people(world), catalogue(world)
    products, fragments = shop.products, shop.fragments
    if customer == VISITOR:
        device, anonymous_id, buys, is_guest = 2 * (u[0] < 0.6), identifier(world.seed, key), u[1] < 0.04, True
        user, logged_in = "null", "null"
    else:
        device = int(u[0] * everyone.devices[customer])
        anonymous_id = everyone.anonymous_id(customer, device)
        buys = aim != NEVER or (u[1] < 0.33 and not lag)
        is_guest = buys and aim == NEVER and u[2] < 0.04
        logged_in = f'"{customer_id(customer)}"'
        user = logged_in if u[3] < 0.55 and not is_guest else "null"
    seen = list(dict.fromkeys(([aim] if aim != NEVER else []) + drawn[:views]))
    is_app = device == 1
    steps = [segment.opening(is_app, user, "/")]
    first = products[seen[0]]
    if u[4] < 0.3:
        steps.append(segment.search(is_app, user, TERMS[first.terms[u[5] < 0.5]][first.is_rebought and u[5] < 0.3]))
    elif u[4] < 0.75:
        steps.append(segment.listing(is_app, user, first, [fragments[place] for place in seen[:3]]))
    steps += [segment.about("view", is_app, user, products[place], fragments[place]) for place in seen]
    if u[6] < 0.08:
        steps.append(segment.about("wish", is_app, user, products[seen[-1]], fragments[seen[-1]]))
    if user == "null" and not is_guest and (buys or u[7] < 0.3):
        user = logged_in
        email = everyone.email(customer)
        steps.append(segment.identify(user, email.title() if u[7] < 0.03 else email))
    if buys or u[8] < 0.25:
        bought = [(seen[0], 1 + (u[9] < 0.3) + (u[9] < 0.08) if aim != NEVER else 1 + (u[9] < 0.1))]
        bought += [(place, 1) for place in seen[1:4] if u[10] < 0.55]
        cart = [(products[place], fragments[place], quantity) for place, quantity in bought]
        steps += [segment.about("add", is_app, user, *line) for line in cart]
        if buys:
            order_id = f"o{key}"
            steps.append(segment.purchase("checkout", is_app, user, order_id, cart))
            steps.append(segment.purchase("order", is_app, user, order_id, cart))
            buyer = "" if is_guest else customer_id(customer)
            country = "CN" if customer == VISITOR else everyone.country(customer)
            at = iso(world.time(day, second + offsets[len(steps) - 1]))
            for number, (product, _, quantity) in enumerate(cart, 1):
                found.orders.append(
                    (order_id, f"{order_id}-{number}", buyer, product.product_id, product.name, quantity,
                     product.price, "CNY", at, STATUSES[status], country)
                )  # fmt: skip
    source, referrer = (("email", "email", campaign), "") if campaign else CHANNELS[channel]
    kind, agent = DEVICES[device]
    arrived = world.date(day).isoformat()
    when = segment.Arrival(
        world.date(day - lag).isoformat() if lag else arrived, arrived, second, milliseconds, lag > 0
    )
    shared = segment.context(agent, kind, source)
    found.events.extend(segment.lines(key, anonymous_id, shared, None if is_app else referrer, when, steps, offsets))
