"""Finds a page's products among its things, and what else claims to be what the page is about."""

from typing import NamedTuple

from scrapers.products.addresses import absolute, path
from scrapers.products.words import link, text

PRODUCTS = {"Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts", "Vehicle", "Car", "Book"}
STORIES = {"Article", "NewsArticle", "BlogPosting", "TechArticle", "Report", "HowTo", "Review", "Recipe"}
WAYS = ("@graph", "mainEntity", "mainEntityOfPage", "offers", "itemOffered", "hasPart", "itemListElement", "item")
ANYWHERE = "http://localhost/here"
LISTS = {"itemListElement", "item"}
OFFERED = ("availability", "itemCondition", "price", "priceCurrency")


class Found(NamedTuple):
    """The products a page is about, those it only lists, the titles of its stories, and its path of categories."""

    products: list[dict]
    listed: list[dict]
    stories: list[str | None]
    category: str | None


def walk(things: list[dict]) -> Found:
    """Return what the things of a page are; a product inside of a product, a review or an article is not the page's."""
    products, listed, stories, trails = [], [], [], []
    seen: set[int] = set()
    queue = [(thing, False) for thing in things]
    for thing, is_listed in queue:
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        kinds = set(thing.get("@type", ()))
        if "BreadcrumbList" in kinds:
            trails.append(_trail(thing))
            continue
        trails += [_trail(crumbs) for crumbs in dicts(thing.get("breadcrumb"))]
        if kinds & PRODUCTS:
            (listed if is_listed else products).append(thing)
            continue
        if kinds & STORIES:
            stories.append(text(thing.get("headline")) or text(thing.get("name")))
        for way in WAYS:
            inner = dicts(thing.get(way))
            if way == "itemOffered":
                for product in inner:
                    _hand_down(thing, product)
            queue += [(one, is_listed or way in LISTS) for one in inner]
    return Found(products, listed, stories, next((trail for trail in trails if trail), None))


def dicts(value) -> list[dict]:
    """Return the things among a property's values, whether it has none, one or many."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _hand_down(offer: dict, product: dict) -> None:
    """Give a product what the offer around it says."""
    product.setdefault("offers", {key: value for key, value in offer.items() if key != "itemOffered"})
    for key in OFFERED:
        if key in offer:
            product.setdefault(key, offer[key])


def _trail(crumbs: dict) -> str | None:
    """Return the categories of a breadcrumb from the widest to the narrowest, the home page left out."""
    names = []
    for step in dicts(crumbs.get("itemListElement")):
        item = step.get("item")
        name = text(step.get("name")) or (text(item) if dicts(item) else None)
        address = absolute(link(item) or link(step.get("url")), ANYWHERE)
        if name and (names or not address or path(address)):
            names.append(name)
    return " > ".join(names) or None
