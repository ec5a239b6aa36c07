"""Write what happened in a visit as lines of Segment's envelope; an app says the same in GA4's names."""

from datetime import datetime, timedelta
from typing import NamedTuple

from scrapers.demo import clocks
from scrapers.demo.catalogue import Product, quoted

CLOCK = tuple(f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400))
SHOP = "https://shop.example"
NAMES = {
    "search": ("Products Searched", "search"),
    "list": ("Product List Viewed", "view_item_list"),
    "view": ("Product Viewed", "view_item"),
    "wish": ("Product Added to Wishlist", "add_to_wishlist"),
    "add": ("Product Added", "add_to_cart"),
    "checkout": ("Checkout Started", "begin_checkout"),
    "order": ("Order Completed", "purchase"),
}


class Step(NamedTuple):
    """A message of a visit: JSON members before and after the envelope's, who is logged in, and where."""

    head: str
    user: str
    path: str
    members: str


class Arrival(NamedTuple):
    """When a visit happened and when it arrived: the dates, and what every message of it shares."""

    happened_on: str
    arrived_on: str
    second: int
    milliseconds: int
    is_late: bool


def track(name: str, is_app: bool, user: str, path: str, properties: str) -> Step:
    """Return a track message."""
    return Step(f'"type":"track","event":"{NAMES[name][is_app]}"', user, path, f'"properties":{{{properties}}}')


def opening(is_app: bool, user: str, path: str) -> Step:
    """Return the page or screen with which a visit begins."""
    kind = "screen" if is_app else "page"
    return Step(
        f'"type":"{kind}","name":"Home"', user, path, f'"properties":{{"path":"{path}","title":"Huaxiang Shop"}}'
    )


def identify(user: str, email: str) -> Step:
    """Return a login: from here on the device belongs to the user."""
    return Step('"type":"identify"', user, "/login", f'"traits":{{"email":"{email}"}}')


def alias(before: str) -> Step:
    """Return the word of the shop's library that a device had another id before."""
    return Step(f'"type":"alias","previousId":"{before}"', "null", "/", '"properties":{}')


def search(is_app: bool, user: str, query: str) -> Step:
    """Return a search."""
    text = quoted(query)
    return track("search", is_app, user, "/search", f'"{"search_term" if is_app else "query"}":{text}')


def listing(is_app: bool, user: str, shelf: Product, shown: list[tuple[str, str]]) -> Step:
    """Return a look at a shelf."""
    name = quoted(shelf.path)
    if is_app:
        items = ",".join(f'{{{ga4},"index":{place}}}' for place, (_, ga4) in enumerate(shown))
        return track("list", True, user, "/list", f'"item_list_id":{name},"items":[{items}]')
    products = ",".join(f'{{{segment},"position":{place}}}' for place, (segment, _) in enumerate(shown, 1))
    path = f"/categories/{shelf.category.lower()}"
    return track("list", False, user, path, f'"list_id":{name},"category":{name},"products":[{products}]')


def about(name: str, is_app: bool, user: str, product: Product, fragment: tuple[str, str], quantity: int = 1) -> Step:
    """Return a message about one product: a view, an addition to the cart or to the wish list."""
    if is_app:
        properties = f'"currency":"CNY","value":{product.price},"items":[{{{fragment[1]},"quantity":{quantity}}}]'
    elif name == "view":
        properties = fragment[0]
    else:
        properties = f'{fragment[0]},"quantity":{quantity}'
    return track(name, is_app, user, f"/products/{product.product_id}", properties)


def purchase(name: str, is_app: bool, user: str, order_id: str, lines: list[tuple[Product, tuple, int]]) -> Step:
    """Return the checkout or completion of an order."""
    total = f"{sum(float(product.price) * quantity for product, _, quantity in lines):.2f}"
    goods = ",".join(f'{{{fragment[is_app]},"quantity":{quantity}}}' for _, fragment, quantity in lines)
    if is_app:
        known = f'"transaction_id":"{order_id}",' if name == "order" else ""
        return track(name, True, user, "/checkout", f'{known}"currency":"CNY","value":{total},"items":[{goods}]')
    properties = f'"order_id":"{order_id}","total":{total},"revenue":{total},"currency":"CNY","products":[{goods}]'
    return track(name, False, user, "/checkout", properties)


def context(user_agent: str, device: str, campaign: tuple[str, str, str] | None) -> str:
    """Return the beginning of a visit's context."""
    source = ""
    if campaign:
        source = '"campaign":{{"source":"{}","medium":"{}","name":"{}"}},'.format(*campaign)
    return f'{{"userAgent":"{user_agent}","device":{{"type":"{device}"}},{source}"library":{{"name":"analytics"}}'


def lines(
    prefix: str, anonymous_id: str, shared: str, referrer: str | None, when: Arrival, steps, offsets
) -> list[bytes]:
    """Return the messages of one visit; `offsets` are seconds after its begin, `referrer` is None in an app."""
    out, previous, ahead = [], referrer, clocks.offset(anonymous_id)
    for number, (step, offset) in enumerate(zip(steps, offsets, strict=False)):
        happened = when.second + offset
        sent = when.second + 1200 if when.is_late else happened
        if referrer is None:
            place = f'"screen":{{"path":"{step.path}"}}'
        else:
            place = f'"page":{{"url":"{SHOP}{step.path}","referrer":"{previous}"}}'
            previous = SHOP + step.path
        timestamp = _shown(f"{when.happened_on}T{CLOCK[happened]}.{when.milliseconds:03d}Z", ahead)
        sent_at = _shown(f"{when.arrived_on}T{CLOCK[sent]}.999Z", ahead)
        out.append(
            f'{{"messageId":"{prefix}-{number:03d}",{step.head},"anonymousId":"{anonymous_id}","userId":{step.user},'
            f'"timestamp":"{timestamp}","sentAt":"{sent_at}","receivedAt":"{when.arrived_on}T{CLOCK[sent + 2]}.000Z",'
            f'"context":{shared},{place}}},{step.members}}}'.encode()
        )
    return out


def _shown(time: str, ahead: timedelta) -> str:
    """Return a time as a clock shows it that is ahead."""
    if not ahead:
        return time
    return (datetime.fromisoformat(time) + ahead).isoformat(timespec="milliseconds").replace("+00:00", "Z")
