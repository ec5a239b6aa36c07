"""Products of a page."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import extruct

SCHEMA = ("https://schema.org/", "http://schema.org/")


def product_records(response) -> list[dict]:
    """Return the products that a page states in JSON-LD, as fields of raw.products."""
    seen_at = datetime.now(UTC).isoformat()
    records = []
    for script in response.xpath("//script[@type='application/ld+json']").getall():
        for thing in _things(script, response.url):
            if _kind(thing) == "Product":
                records.append(_record(thing, response.url, seen_at))
    return records


def _things(script: str, url: str) -> list[dict]:
    """Return the JSON-LD objects of one script, those of @graph too; a broken script has none.

    Scripts are read one by one: extruct drops the valid sibling of a broken one on the same page.
    """
    try:
        found = extruct.extract(script, base_url=url, syntaxes=["json-ld"])["json-ld"]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return []
    things = [thing for thing in found if isinstance(thing, dict)]
    inner = [part for thing in things for part in thing.get("@graph", []) if isinstance(part, dict)]
    return things + inner


def _record(product: dict, url: str, seen_at: str) -> dict:
    offer = _first(product.get("offers"))
    record = {
        "product_id": product.get("sku") or product.get("productID") or urlsplit(url).path.rstrip("/").split("/")[-1],
        "name": product.get("name"),
        "description": product.get("description"),
        "brand": _name(product.get("brand")),
        "category": _name(product.get("category")),
        "price": offer.get("price"),
        "currency": offer.get("priceCurrency"),
        "availability": _word(offer.get("availability")),
        "url": product.get("url") or url,
        "image_url": _address(product.get("image")),
        "last_seen_at": seen_at,
    }
    return {name: value for name, value in record.items() if value is not None}


def _kind(thing: dict) -> str | None:
    kind = thing.get("@type")
    return _word(kind[0] if isinstance(kind, list) and kind else kind)


def _word(value) -> str | None:
    """Return schema.org's word: `InStock` of `https://schema.org/InStock`."""
    if isinstance(value, str):
        for prefix in SCHEMA:
            value = value.removeprefix(prefix)
    return value


def _first(value) -> dict:
    if isinstance(value, list):
        value = value[0] if value else {}
    return value if isinstance(value, dict) else {}


def _name(value) -> str | None:
    return value.get("name") if isinstance(value, dict) else value


def _address(value) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get("url") if isinstance(value, dict) else value
