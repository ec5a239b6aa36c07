"""The last resort: the one product that a reader sees on a page which states none.

Its signs are those of any shop: a main heading that the page's title repeats, a control to buy with, and beside it one
price. Where one of them is missing or there are several to choose from, nothing is guessed.
"""

import re
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import urlsplit

from scrapers.products import money
from scrapers.products.controls import controls, ends_an_order
from scrapers.products.here import Here
from scrapers.products.money import Shown
from scrapers.products.naming import named
from scrapers.products.phrases import said
from scrapers.products.sight import Element, Sight

MARK = {"foundIn": "visible text"}
MOST_CONTROLS = 100
MOST_PRICES = 1_000
MOST_COMPARED = 12
LONGEST_CARD = 600
LONGEST_STATE = 80
STORIES = ("article", "blog", "music", "profile", "recipe", "video")  # of og:type
PICTURE = re.compile(r"\.(avif|gif|jpe?g|png|webp)([?#]|$)", re.I)
NAMES = {"h1", "h2", "h3", "h4", "h5", "h6", "img"}


class Seen(NamedTuple):
    """What a reader sees of the one product of a page."""

    name: str
    price: Decimal
    price_stated: str
    currency: str
    availability: str | None


class Offer(NamedTuple):
    """A control to buy with, and the smallest element around it in which a price is."""

    control: Element
    box: Element


def read(document, here: Here) -> Seen | None:
    """Return the product that a page visibly sells, None where it does not prove that it sells exactly one."""
    pressed = controls(document, here)
    if not 0 < len(pressed) <= MOST_CONTROLS or _is_no_item(here):
        return None
    sight = Sight(document)
    about = named(document, sight, here)
    prices = money.shown(sight, MOST_PRICES) if about else []
    offers = _offers(sight, [sight.elements[html] for html in pressed if html in sight.elements], prices)
    if not offers:
        return None
    name, heading = about
    offer = next((one for one in offers if _is_own(sight, one, offers, heading, here)), None)
    price = offer and _price([one for one in prices if offer.box.holds(one.element)])
    if not price or _is_card(sight, price.element, [heading, offer.control], here):
        return None
    whole = next(one for one in offer.control.around() if one.holds(heading))
    if ends_an_order(offer.control) or any(said("story", text.value) for text in sight.within(whole)):
        return None
    code = money.currency(price.sign, here.language, (script.text or "" for script in document.iter("script")))
    foreign = [one.box for one in offers if one.box is not offer.box and not one.box.holds(offer.box)]
    foreign += [one.element for one in prices if one.amount != price.amount]
    return (
        Seen(name, price.amount, price.stated, code, _availability(sight, offer.box, whole, foreign)) if code else None
    )


def _is_no_item(here: Here) -> bool:
    """Tell whether a page is by its titles, type or address a cart, a search, a recipe, a story."""
    kind = here.properties.get("og:type", "").lower()
    steps = [step for url in here.addresses for step in re.split(r"[/.]", urlsplit(url).path)]
    stated = [*here.titles, *(re.sub(r"[-_]", " ", step) for step in steps)]
    return kind.startswith(STORIES) or any(said("no_item", one) for one in stated)


def _offers(sight: Sight, found: list[Element], prices: list[Shown]) -> list[Offer]:
    """Return the controls that may be used, each with the smallest element around it in which a price is."""
    offers = []
    for control in filter(sight.is_open, found):
        box = next((one for one in control.around() if any(one.holds(price.element) for price in prices)), None)
        if box:
            offers.append(Offer(control, box))
    return offers


def _is_own(sight: Sight, offer: Offer, offers: list[Offer], heading: Element, here: Here) -> bool:
    """Tell whether an offer can be of what the page is about: no card of another page, and none of a list."""
    others = [one.box for one in offers if not (offer.box.holds(one.box) or one.box.holds(offer.box))]
    return not (_is_card(sight, offer.box, [heading], here) or _is_one_of_many(offer.box, others, heading))


def _price(prices: list[Shown]) -> Shown | None:
    """Return the price that is to be paid, None where a reader is shown several."""
    plain = [price for price in prices if not price.is_besides]
    chosen = [price for price in plain if price.is_marked] or plain or prices
    return chosen[0] if len({price.amount for price in chosen}) == 1 else None


def _is_card(sight: Sight, box: Element, beyond: list[Element], here: Here) -> bool:
    """Tell whether what stands around a box has a page of its own: its picture, name or first words lead there."""
    card = None
    for one in box.around():
        if any(one.holds(other) for other in beyond) or sight.text(one, LONGEST_CARD) is None:
            break
        card = one
    if card is None:
        return False
    first = next(sight.within(card), None)
    for html in card.html.iter("a"):
        href, link = html.get("href") or "", sight.elements.get(html)
        if link is None or here.is_here(href) or PICTURE.search(href):
            continue
        around = [one.html.tag for one in link.around() if card.holds(one)]
        if NAMES & {*around, *(one.tag for one in html.iter())} or (first and link.holds(first.element)):
            return True
    return False


def _is_one_of_many(box: Element, others: list[Element], heading: Element) -> bool:
    """Tell whether a box, or what is around it, stands beside another that is built the same way and sells too."""
    mine = {one.parent: one for one in box.around() if one.parent and not one.holds(heading)}
    for other in others:
        its = next((one for one in other.around() if one.parent in mine), None)
        if its and its is not mine[its.parent] and not its.holds(heading) and _are_alike(its, mine[its.parent]):
            return True
    return False


def _are_alike(one: Element, other: Element) -> bool:
    looks = [(it.html.tag, it.get("class").split(), re.sub(r"\d+", "", it.get("id"))) for it in (one, other)]
    built = [[html.tag for html, _ in zip(it.html.iter(), range(MOST_COMPARED), strict=False)] for it in (one, other)]
    return looks[0] == looks[1] or (built[0] == built[1] and len(built[0]) > 2)


def _availability(sight: Sight, box: Element, whole: Element, foreign: list[Element]) -> str | None:
    """Return what is said nearest to a box of whether it can be had, None where that is contradictory or unsaid."""
    for around in box.around():
        if any(around.holds(one) for one in foreign):
            return None
        found = {word for text in sight.within(around) if (word := _state(sight, text.element, text.value))}
        if found or around is whole:
            return found.pop() if len(found) == 1 else None
    return None


def _state(sight: Sight, element: Element, value: str) -> str | None:
    """Return the availability that a text, or the whole of the element it is in, states."""
    if len(value) > LONGEST_STATE or not sight.is_open(element):
        return None
    return said("availability", value) or said("availability", sight.text(element, LONGEST_STATE) or "")
