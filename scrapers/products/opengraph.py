"""OpenGraph and what a page's head says of it: the third way of stating a product, and the page's own names."""

from scrapers.products import prices
from scrapers.products.addresses import absolute
from scrapers.products.words import clean, gtin, verbatim, word

AMOUNTS = ("product:price:amount", "og:price:amount", "product:price")
CURRENCIES = ("product:price:currency", "og:price:currency", "product:currency")
STANDARDS = ("product:original_price:amount", "og:price:standard_amount", "product:price:standard_amount")


def read(document) -> dict[str, str]:
    """Return a page's meta properties by name in lower case; of two with one name the first."""
    properties = {}
    for element in document.iter("meta"):
        name, content = element.get("property") or element.get("name"), (element.get("content") or "").strip()
        if name and content:
            properties.setdefault(name.strip().lower(), content)
    return properties


def record(properties: dict[str, str], base: str, language: str) -> dict:
    """Return what the properties say of a product, as fields of a record; those it does not state are None."""
    sale = properties.get("product:sale_price:amount")
    stated = sale or _first(properties, *AMOUNTS)
    code = sale and properties.get("product:sale_price:currency") or _first(properties, *CURRENCIES)
    currency = prices.currency(code) or prices.currency(stated, language)
    code_of_item = gtin(_first(properties, "product:gtin", "product:ean", "product:upc"))
    mpn = _text(properties, "product:mfr_part_no")
    attributes = {name: _text(properties, f"product:{name}") for name in ("color", "size", "material")}
    return {
        "ids": [_text(properties, "product:retailer_item_id", "product:sku"), None, code_of_item, mpn, None],
        "group_id": _text(properties, "product:item_group_id"),
        "name": _text(properties, "og:title"),
        "description": _text(properties, "og:description"),
        "brand": _text(properties, "product:brand", "og:brand"),
        "category": _text(properties, "product:category"),
        "gtin": code_of_item,
        "mpn": mpn,
        "price": prices.amount(stated, currency),
        "price_stated": verbatim(stated),
        "currency": currency,
        "availability": word("availability", _first(properties, "product:availability", "og:availability")),
        "condition": word("condition", _first(properties, "product:condition", "og:condition")),
        "price_valid_until": None,
        "url": None,
        "image_url": absolute(_first(properties, "og:image", "og:image:secure_url"), base),
        "attributes": {name: value for name, value in attributes.items() if value},
    }


def standard_price(properties: dict[str, str], currency: str | None):
    """Return the price before a reduction where the properties state one beside the price to pay, else None."""
    standards = STANDARDS + (AMOUNTS if "product:sale_price:amount" in properties else ())
    return prices.amount(_first(properties, *standards), currency)


def _first(properties: dict[str, str], *names: str) -> str | None:
    return next((properties[name] for name in names if name in properties), None)


def _text(properties: dict[str, str], *names: str) -> str | None:
    return clean(_first(properties, *names) or "")
