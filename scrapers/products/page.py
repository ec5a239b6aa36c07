"""What a page is, and the products it sells: `extract` reads all ways of stating and decides by general signs."""

from typing import NamedTuple

import lxml.etree
import lxml.html

from scrapers.products import merging, microdata, opengraph, scripts, visible
from scrapers.products.addresses import path
from scrapers.products.here import Here, here_of
from scrapers.products.offers import GTINS, records
from scrapers.products.walk import Found, walk
from scrapers.products.words import text


class Page(NamedTuple):
    """What a page is: product, listing, not_for_sale (a product without an offer, a recipe, an article) or other.

    `products` are sold here, `teasers` are shown here and sold on a page of their own: both are fields of
    raw.products, without last_seen_at. `unread` are scripts on products that nobody can read, on a page that states
    none.
    """

    kind: str
    products: list[dict]
    teasers: list[dict]
    unread: list[str]


def extract(body: str, url: str) -> Page:
    """Return what a page is and the products it states, whatever is in it; `url` is where it was found."""
    document = _parsed(body)
    if document is None:
        return Page("other", [], [], [])
    here = here_of(document, url)
    stated = scripts.read([script.text or "" for script in document.iter("script") if _is_linked_data(script)])
    ways = [walk(stated.things), walk(microdata.read(document))]
    chosen = [_choose(found, here) for found in ways]
    sold = [made for products, _ in chosen if (made := _records(products, here))]
    teasers = next((others for _, others in chosen if others), [])
    products = _merged(sold, here, next((found.category for found in ways if found.category), None))
    is_story = any(here.is_named(title) for found in ways for title in found.stories)
    if is_story and not any(here.is_named(product["name"]) for product in products):
        return Page("not_for_sale", [], [], [])
    offered = [product for product in products if product["price_stated"] or product["availability"]]
    if offered:
        return Page("product", _finished(offered, here, True), [], [])
    unread = [script for script in stated.unread if "product" in script.lower()]
    if seen := [] if teasers else _visible(document, here, products):
        return Page("product", _finished(seen, here, True), [], unread)
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


def _visible(document, here: Here, stated: list[dict]) -> list[dict]:
    """Return the product that a reader sees, with what the page states of it besides its offer."""
    seen = visible.read(document, here)
    if seen is None:
        return []
    record = opengraph.record(here.properties, here.base, here.language) | seen._asdict() | {"attributes": visible.MARK}
    if not stated:
        return [record]
    merging.fill(stated, [record])
    return [product for product in stated if product["price_stated"]]


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
