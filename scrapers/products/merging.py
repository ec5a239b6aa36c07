"""Several statements of one product made one: gaps are filled from the next way of stating, ids tell variants apart."""

import re
from collections import Counter

from scrapers.products.addresses import absolute, path
from scrapers.products.words import link, text

SHARED = ("description", "brand", "category", "image_url", "group_id")
MONEY = ("price", "price_stated", "currency")
MOST_NAMESAKES = 200


def folded(name: str | None) -> str:
    """Return a name as it is compared: without case, spaces and signs."""
    return re.sub(r"[\W_]+", " ", name or "").strip().casefold()


def united(products: list[dict], url: str) -> list[dict]:
    """Return the products of one way of stating, those that are stated twice made one."""
    kept: list[dict] = []
    namesakes: dict[str, list[tuple[dict, dict]]] = {}
    for product in products:
        facets = _facets(product, url)
        known = namesakes.setdefault(folded(text(product.get("name"))), [])
        for others, whole in known[:MOST_NAMESAKES]:
            if not any(others.get(key, value) != value for key, value in facets.items()):
                for key, value in product.items():
                    whole.setdefault(key, value)
                break
        else:
            known.append((facets, product))
            kept.append(product)
    return kept


def _facets(product: dict, url: str) -> dict:
    """Return what makes a product another one than its namesake."""
    offers = product.get("offers")
    offer = (offers[0] if isinstance(offers, list) and offers else offers) if offers else {}
    price = text(offer.get("price")) if isinstance(offer, dict) else None
    stated = {key: text(product.get(key)) for key in ("sku", "productID", "gtin13", "mpn", "color", "size")}
    stated |= {"url": path(absolute(link(product.get("url")), url)), "price": price}
    return {key: value for key, value in stated.items() if value}


def fill(records: list[dict], others: list[dict]) -> None:
    """Fill the gaps of records from those of the next way of stating.

    A record takes all from the one with a number of its own; from a single one of no other name what variants share.
    """
    numbered = {number: other for other in reversed(others) for number in other["ids"][:-1] if number}
    for record in records:
        same = next((numbered[number] for number in record["ids"][:-1] if number in numbered), None)
        other = same or (others[0] if len(others) == 1 and _are_akin(record["name"], others[0]["name"]) else None)
        if other is None:
            continue
        if same or len(records) == 1:
            _fill(record, other)
        _take(record, other, SHARED)
        if record["price"] is not None and record["currency"] is None and record["price"] == other["price"]:
            record["currency"] = other["currency"]


def _are_akin(name: str | None, other: str | None) -> bool:
    """Tell whether two names can be of one product: one of them is not stated, or part of the other."""
    mine, its = folded(name), folded(other)
    return mine in its or its in mine


def _fill(record: dict, other: dict) -> None:
    if record["price"] is None and other["price"] is not None:
        record |= {name: other[name] for name in MONEY}
    elif record["price_stated"] is None and record["currency"] is None:
        _take(record, other, MONEY)
    _take(record, other, [name for name in record if name not in (*MONEY, "ids", "attributes")])
    record["ids"] = [mine or its for mine, its in zip(record["ids"], other["ids"], strict=True)]
    record["attributes"] = other["attributes"] | record["attributes"]


def _take(record: dict, other: dict, names) -> None:
    for name in names:
        if record[name] is None:
            record[name] = other[name]


def identified(records: list[dict], url: str) -> list[dict]:
    """Return records with a product_id: the first of their ids that no other record of the page has; doubles once."""
    counts = [Counter(column) for column in zip(*(record["ids"] for record in records), strict=True)]
    made = {}
    for record in records:
        ids = record.pop("ids")
        own = [one for one, count in zip(ids, counts, strict=True) if one and count[one] == 1]
        record["product_id"] = next(iter(own or [one for one in ids if one]), None) or path(url) or url
        made.setdefault(repr(record), record)
    shared = Counter(record["product_id"] for record in made.values())
    for record in made.values():
        if shared[record["product_id"]] > 1:
            told = [record["name"], *record["attributes"].values()]
            record["product_id"] += "#" + " ".join(one for one in told if one)[:100]
    return list(made.values())
