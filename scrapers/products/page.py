"""What a page is, and the products it sells: `extract` reads all ways of stating and decides by general signs."""

import re
from typing import NamedTuple

import lxml.etree
import lxml.html

from scrapers.products import merging, microdata, opengraph, scripts
from scrapers.products.addresses import absolute, is_same, path
from scrapers.products.offers import GTINS, records
from scrapers.products.walk import Found, dicts, walk
from scrapers.products.words import clean, link, text

TRACKING = re.compile(r"^(utm_|gclid|fbclid|msclkid|mc_)")
AFTER_A_NAME = re.compile(r"\s*[|–—:·,(]|\s+-\s")


class Page(NamedTuple):
    """What a page is: product, listing, not_for_sale (a product without an offer, a recipe, an article) or other.

    `products` are sold here, `teasers` are shown here and sold on a page of their own: both are fields of
    raw.products, without last_seen_at. `unread` are scripts on products that nobody can read, on a page without one.
    """

    kind: str
    products: list[dict]
    teasers: list[dict]
    unread: list[str]


class Here(NamedTuple):
    """What a page says of itself: addresses to take links from and to name it by, its titles and its language."""

    base: str
    url: str
    addresses: list[str]
    titles: list[str]
    language: str
    properties: dict[str, str]

    def is_named(self, name: str | None) -> bool:
        """Tell whether the page's titles are a name, alone or with the shop's name behind it."""
        wanted = merging.folded(name)
        if not name or not wanted:
            return False
        starts = (title[len(name) :] for title in self.titles if title.casefold().startswith(name.casefold()))
        return any(AFTER_A_NAME.match(rest) for rest in starts) or wanted in map(merging.folded, self.titles)

    def is_elsewhere(self, product: dict) -> bool:
        """Tell whether a product, or where it does not say so all of its offers, name another page as its own."""
        stated = [product] if product.get("url") else dicts(product.get("offers"))
        addresses = [absolute(link(one.get("url")), self.base) for one in stated]
        here = [one is None or any(is_same(one, own) for own in self.addresses) for one in addresses]
        return bool(here) and not any(here)


def extract(body: str, url: str) -> Page:
    """Return what a page is and the products it states, whatever is in it; `url` is where it was found."""
    document = _parsed(body)
    if document is None:
        return Page("other", [], [], [])
    here = _here(document, url)
    stated = scripts.read([script.text or "" for script in document.iter("script") if _is_linked_data(script)])
    ways = [walk(stated.things), walk(microdata.read(document))]
    chosen = [_choose(found, here) for found in ways]
    sold = [made for products, _ in chosen if (made := _records(products, here))]
    teasers = next((others for _, others in chosen if others), [])
    products = _merged(sold, here, next((found.category for found in ways if found.category), None))
    is_story = any(here.is_named(title) for found in ways for title in found.stories)
    if is_story and not any(here.is_named(product["name"]) for product in products):
        return Page("not_for_sale", [], [], [])
    products = [product for product in products if product["price_stated"] or product["availability"]]
    if products:
        return Page("product", _finished(products, here, True), [], [])
    unread = [script for script in stated.unread if "product" in script.lower()]
    shown = [record for product in teasers for record in records(product, here.base, here.language)]
    kind = "listing" if shown else "not_for_sale" if sold else "other"
    return Page(kind, [], _finished(shown, here, False), unread)


def _parsed(body: str):
    """Return the document of a page, None where there is nothing to parse."""
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(body.encode(errors="replace"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None


def _is_linked_data(script) -> bool:
    return (script.get("type") or "").split(";")[0].strip().lower() == "application/ld+json"


def _here(document, url: str) -> Here:
    base = absolute(next((one.get("href") for one in document.iter("base")), None), url) or url
    properties = opengraph.read(document)
    links = [one.get("href") for one in document.iter("link") if "canonical" in (one.get("rel") or "").lower().split()]
    named = [absolute(one, base) for one in (*links[:1], properties.get("og:url"))]
    # Some sites name their home page as the canonical address of every page.
    named = [one for one in named if one and (path(one) or not path(url))]
    titles = [clean("".join(one.itertext())) for one in document.iter("h1", "title")][:20]
    titles.append(clean(properties.get("og:title", "")))
    language = document.get("lang") or properties.get("og:locale") or ""
    own = next(iter(named), None) or _without_tracking(url)
    return Here(base, own, [url, *named], [title for title in titles if title], language, properties)


def _without_tracking(url: str) -> str:
    before, _, query = url.partition("#")[0].partition("?")
    kept = "&".join(one for one in query.split("&") if one and not TRACKING.match(one))
    return f"{before}?{kept}" if kept else before


def _choose(found: Found, here: Here) -> tuple[list[dict], list[dict]]:
    """Return the products that a page is about, and those that it only shows."""
    whole = [product for product in found.products if product.get("name") or product.get("offers")]
    products = merging.united(whole, here.base)
    named = [product for product in products if here.is_named(text(product.get("name")))]
    if len(products) == 1:
        is_mine = named or not here.is_elsewhere(products[0])
        return (products, found.listed) if is_mine else ([], products + found.listed)
    mine = (
        named or [product for product in products if product.get("url") and not here.is_elsewhere(product)] or products
    )
    names = {merging.folded(text(product.get("name"))) for product in mine}
    if not named and len(names) > 1 and not all(_is_sold_here(product, here) for product in mine):
        return [], products + found.listed
    others = [product for product in products if merging.folded(text(product.get("name"))) not in names]
    return [one for one in products if all(one is not other for other in others)], others + found.listed


def _is_sold_here(product: dict, here: Here) -> bool:
    """Tell whether one of many products on a page has a number of its own and no page of its own."""
    return any(product.get(name) for name in ("sku", "productID", *GTINS)) and not here.is_elsewhere(product)


def _records(products: list[dict], here: Here) -> list[dict]:
    made = [record for product in products for record in records(product, here.base, here.language)]
    if len(products) > 1 and len({merging.folded(record["name"]) for record in made}) == 1:
        made = [record | {"group_id": record["group_id"] or path(here.url)} for record in made]
    return made


def _merged(sold: list[list[dict]], here: Here, category: str | None) -> list[dict]:
    """Return the records of the first way of stating that has any, filled from the others and from OpenGraph."""
    graph = opengraph.record(here.properties, here.base, here.language)
    graph["name"] = next((one for one in here.titles if (graph["name"] or "").startswith(one)), graph["name"])
    if not sold and not (graph["name"] and graph["price_stated"]):
        return []
    first, *others = [*sold, [graph]]
    if sold and all(record["name"] for record in first):
        graph["name"] = None  # a page's own title is often another than its product's
    for other in others:
        merging.fill(first, other)
    for record in first:
        record["category"] = record["category"] or _category(category, record["name"])
    if len(first) == 1 and first[0]["price"] not in (None, graph["price"]) and graph["price"] is not None:
        _reduce(first[0], graph, here)
    return first


def _reduce(record: dict, graph: dict, here: Here) -> None:
    """Where a page names the stated price its standard one beside a lower price to pay, that is the price."""
    standard = opengraph.standard_price(here.properties, graph["currency"])
    if record["price"] == standard and graph["price"] < standard and record["currency"] == graph["currency"]:
        record["attributes"] = record["attributes"] | {"standardPrice": record["price_stated"]}
        record |= {"price": graph["price"], "price_stated": graph["price_stated"]}


def _category(trail: str | None, name: str | None) -> str | None:
    """Return a breadcrumb without the product itself."""
    steps = trail.split(" > ") if trail else []
    return " > ".join(steps[:-1] if steps and merging.folded(steps[-1]) == merging.folded(name) else steps) or None


def _finished(made: list[dict], here: Here, is_sold: bool) -> list[dict]:
    """Return records as fields of raw.products: identified, addressed, and without what is not stated."""
    is_one = is_sold and len(made) == 1
    finished = []
    for record in merging.identified(made, here.url):
        record["url"] = (None if is_one else record["url"]) or here.url
        record["price"] = None if record["price"] is None else str(record["price"])
        finished.append({name: value for name, value in record.items() if value not in (None, "", {})})
    return finished
