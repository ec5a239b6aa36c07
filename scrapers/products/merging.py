"""Several statements of one product made one: gaps are filled from the next way of stating, ids tell variants apart."""

import re
from collections import Counter

from scrapers.products.addresses import absolute, path
from scrapers.products.words import link, text

SHARED = ("description", "brand", "category", "image_url", "group_id")
MONEY = ("price", "price_stated", "currency")
MOST_PRODUCTS = 1000


def folded(name: str | None) -> str:
    """Return a name as it is compared: without case, spaces and signs."""
    return re.sub(r"[\W_]+", " ", name or "").strip().casefold()


def united(products: list[dict], url: str) -> list[dict]:
    """Return the products of one way of stating, those that are stated twice made one."""
    kept: list[tuple[str, dict, dict]] = []
    for product in products[:MOST_PRODUCTS]:
        name, facets = folded(text(product.get("name"))), _facets(product, url)
        for other_name, other_facets, whole in kept:
            is_one = name == other_name if name and other_name else other_facets.get("sku") == facets.get("sku")
            if is_one and not any(other_facets.get(key, value) != value for key, value in facets.items()):
                for key, value in product.items():
                    whole.setdefault(key, value)
                break
        else:
            kept.append((name, facets, product))
    return [product for _, _, product in kept]


def _facets(product: dict, url: str) -> dict:
    """Return what makes a product another one than its namesake."""
    offers = product.get("offers")
    offer = (offers[0] if isinstance(offers, list) and offers else offers) if offers else {}
    price = text(offer.get("price")) if isinstance(offer, dict) else None
    stated = {key: text(product.get(key)) for key in ("sku", "productID", "gtin13", "mpn", "color", "size")}
    stated |= {"url": path(absolute(link(product.get("url")), url)), "price": price}
    return {key: value for key, value in stated.items() if value}


def fill(records: list[dict], others: list[dict]) -> None:
    """Fill the gaps of records from those of the next way of stating, a variant's from the same variant only."""
    for record in records:
        akin = [other for other in others if not _is_contrary(record, other)]
        same = akin if len(records) == len(others) == 1 else [other for other in akin if _is_same(record, other)]
        for other in same[:1]:
            _fill(record, other)
        for other in akin[:1]:
            _take(record, other, SHARED)
        if record["price"] is not None and record["currency"] is None:
            agreeing = [other["currency"] for other in akin if other["price"] == record["price"]]
            record["currency"] = next(iter(agreeing), None)


def _is_same(record: dict, other: dict) -> bool:
    mine, its = (set(one["ids"][:-1]) - {None} for one in (record, other))
    return bool(mine & its)


def _is_contrary(record: dict, other: dict) -> bool:
    """Tell whether two records are of two products: neither name is part of the other, and no number agrees."""
    mine, its = folded(record["name"]), folded(other["name"])
    return bool(mine and its) and mine not in its and its not in mine and not _is_same(record, other)


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
    made = []
    for record in records:
        ids = record.pop("ids")
        own = [one for one, count in zip(ids, counts, strict=True) if one and count[one] == 1]
        record["product_id"] = next(iter(own or [one for one in ids if one]), None) or path(url) or url
        if record not in made:
            made.append(record)
    shared = Counter(record["product_id"] for record in made)
    for record in made:
        if shared[record["product_id"]] > 1:
            told = [record["name"], *record["attributes"].values()]
            record["product_id"] += "#" + " ".join(one for one in told if one)[:100]
    return made
