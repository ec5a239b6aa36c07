"""Controls to buy with: what may be pressed, and says in one of many languages that it puts something into a cart."""

import re
from itertools import islice
from urllib.parse import urlsplit

from scrapers.products.addresses import absolute
from scrapers.products.here import Here
from scrapers.products.phrases import said
from scrapers.products.sight import Element
from scrapers.products.words import clean

LONGEST = 60
MOST_PARTS = 20
LIKE_A_BUTTON = re.compile(r"button|btn|cart|basket|buy|warenkorb", re.I)
UNSOLD = ("OutOfStock", "SoldOut")
LABELS = ("value", "aria-label", "title", "alt")
# What an order asks for at its end (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill).
ASKED_AT_THE_END = re.compile(r"street-address|address-line1|postal-code|cc-number|current-password")


def controls(document, here: Here) -> list:
    """Return the elements of a document by which a reader buys, those too that say that it is sold out."""
    return [html for html in _pressable(document) if _says_so(html) and not _leads_to_another_shop(html, here)]


def ends_an_order(control: Element) -> bool:
    """Tell whether a control stands in a form that asks for an address, a card or a password."""
    form = next((one for one in control.around() if one.html.tag == "form"), None)
    fields = form.html.iter("input") if form else ()
    return any(
        field.get("type") == "password" or ASKED_AT_THE_END.search(field.get("autocomplete") or "") for field in fields
    )


def _pressable(document):
    yield from document.iter("button")
    for html in document.iter("input"):
        if (html.get("type") or "").lower() in ("submit", "button", "image"):
            yield html
    for html in document.iter("a"):
        if LIKE_A_BUTTON.search(f"{html.get('role')} {html.get('class')} {html.get('id')}"):
            yield html
    yield from (html for html in document.iterfind(".//*[@role='button']") if html.tag not in ("a", "button", "input"))


def _says_so(html) -> bool:
    own = clean(" ".join(islice(html.itertext(), MOST_PARTS))) or ""
    pictures = (image.get("alt") or "" for image in islice(html.iter("img"), MOST_PARTS))
    labels = [own, *(html.get(name) or "" for name in LABELS), *pictures]
    labels = [label for label in labels if len(label) < LONGEST]
    return any(said("buy", label) or said("availability", label) in UNSOLD for label in labels)


def _leads_to_another_shop(html, here: Here) -> bool:
    address = absolute(html.get("href"), here.base) if html.tag == "a" else None
    return address is not None and urlsplit(address).hostname not in {urlsplit(one).hostname for one in here.addresses}
