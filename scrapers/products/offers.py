"""Records out of a schema.org Product or ProductGroup: one per variant, whether variants are products or offers."""

from scrapers.products import prices
from scrapers.products.addresses import absolute, path
from scrapers.products.walk import dicts
from scrapers.products.words import gtin, link, moment, text, verbatim, word

ATTRIBUTES = ("color", "size", "material", "pattern", "flavor", "weight", "model", "suggestedGender", "suggestedAge")
GTINS = ("gtin", "gtin14", "gtin13", "gtin12", "gtin8", "isbn")
IDENTITY = (*GTINS, "sku", "mpn", "productID", "url")
# A price of these kinds is what a product is compared with, not what it costs.
NOT_TO_PAY = {"ListPrice", "MSRP", "SRP", "StrikethroughPrice", "InvoicePrice", "MinimumAdvertisedPrice"}
MOST_ATTRIBUTES = 64


def records(product: dict, url: str, language: str = "") -> list[dict]:
    """Return a record for each variant of a product; relative addresses are taken from `url`.

    Fields that a page does not state are None; `ids` holds what may tell variants apart, the best first.
    """
    parent = next(iter(dicts(product.get("isVariantOf"))), {})
    group = text(product.get("inProductGroupWithID")) or text(parent.get("productGroupID")) or text(parent.get("sku"))
    offers = _offers(product)
    variants = [one for one in dicts(product.get("hasVariant")) if _offers(one) or "price" in one or "name" in one]
    if variants:
        made = [_record(one, _chosen(_offers(one) or offers), product, url, language) for one in variants]
    elif _are_variants(offers, product, url):
        made = [_of_offer(offer, product, url, language) for offer in offers]
    else:
        return [_record(product, _chosen(offers), parent, url, language) | {"group_id": group}]
    group = group or _group(product, made, url)
    return [record | {"group_id": group} for record in made]


def _group(product: dict, variants: list[dict], url: str) -> str:
    """Return the id of a product with variants: its own number, unless that is one of its variants', or its address."""
    own = text(product.get("productGroupID")) or text(product.get("sku")) or _bare(text(product.get("productID")))
    if own and not any(own in record["ids"] for record in variants):
        return own
    return path(absolute(link(product.get("url")) or link(product.get("@id")), url)) or path(url) or url


def _offers(product: dict) -> list[dict]:
    """Return the offers of a product; an aggregate stands for itself only where its offers are not stated."""
    offers = dicts(product.get("offers"))
    inner = [one for offer in offers for one in dicts(offer.get("offers"))]
    single = [offer for offer in offers if "AggregateOffer" not in offer.get("@type", ()) and not _is_range(offer)]
    return inner + single or offers


def _is_range(offer: dict) -> bool:
    return "price" not in offer and ("lowPrice" in offer or "offers" in offer)


def _are_variants(offers: list[dict], product: dict, url: str) -> bool:
    """Tell whether offers are variants, as opposed to one thing offered by several sellers or on several terms."""
    if len(offers) < 2:
        return False
    for name in ("sku", "gtin13", "gtin", "gtin12", "mpn", "productID", "name"):
        if len({text(_of(offer, name)) for offer in offers} - {None}) > 1:
            return True
    addresses = {path(absolute(link(offer.get("url")), url)) for offer in offers} - {None}
    return (
        not _gtin(product) and len(addresses) > 1 and len({one.split("?")[0].split("#")[0] for one in addresses}) == 1
    )


def _of(offer: dict, name: str):
    """Return a property of an offer, else of the item it offers."""
    return offer.get(name) or next(iter(dicts(offer.get("itemOffered"))), {}).get(name)


def _chosen(offers: list[dict]) -> dict:
    """Return the offer that a reader is shown: the first that can be had, else the first with a price."""
    priced = [offer for offer in offers if any(name in offer for name in ("price", "lowPrice", "priceSpecification"))]
    unsold = {"OutOfStock", "SoldOut", "Discontinued"}
    had = [offer for offer in priced if word("availability", offer.get("availability")) not in unsold]
    return next(iter(had or priced or offers), {})


def _of_offer(offer: dict, product: dict, url: str, language: str) -> dict:
    """Return the record of a variant that is an offer of a product: what it says of itself comes first."""
    item = next(iter(dicts(offer.get("itemOffered"))), {})
    own = {key: value for key, value in (item | offer).items() if key in (*IDENTITY, *ATTRIBUTES)}
    shared = {key: value for key, value in product.items() if key not in IDENTITY}
    record = _record(shared | own, offer, {}, url, language)
    name, own_name = record["name"], text(_of(offer, "name"))
    if own_name and own_name != name:
        if not name or name.casefold() in own_name.casefold():
            record["name"] = own_name
        else:
            record["attributes"] |= {"variant": own_name}
    return record


def _record(product: dict, offer: dict, parent: dict, url: str, language: str) -> dict:
    """Return the record of one product with one offer; what it does not say it has of its parent."""

    def said(name: str):
        return product.get(name) or parent.get(name)

    terms = _terms(offer, product, language)
    address = absolute(link(product.get("url")), url) or absolute(link(offer.get("url")), url)
    sku = text(product.get("sku")) or text(_of(offer, "sku"))
    code = _gtin(product) or _gtin(offer)
    mpn = text(product.get("mpn")) or text(offer.get("mpn"))
    number = _bare(text(product.get("productID")))
    return {
        "ids": [sku, number, code, mpn, path(absolute(link(offer.get("url")), url) or address)],
        "name": text(product.get("name")) or text(parent.get("name")),
        "description": text(said("description")),
        "brand": text(said("brand")),
        "category": text(said("category")),
        "gtin": code,
        "mpn": mpn,
        **terms,
        "url": address,
        "image_url": absolute(link(said("image")) or link(said("thumbnailUrl")), url),
        "attributes": _attributes(product) | terms["attributes"],
    }


def _terms(offer: dict, product: dict, language: str) -> dict:
    """Return what an offer asks: its price and currency, whether and until when it stands."""
    specified = _specification(offer)
    sources = (offer, specified, product)
    code = _first(sources, ("priceCurrency", "currency"))
    stated = _first(sources, ("price", "lowPrice", "minPrice"))
    read = text(stated) if isinstance(stated, str) else stated
    currency = prices.currency(text(code), language) or prices.currency(read, language)
    high = text(offer.get("highPrice"))
    return {
        "price": prices.amount(read, currency),
        "price_stated": verbatim(stated),
        "currency": currency,
        "availability": word("availability", offer.get("availability") or product.get("availability")),
        "condition": word("condition", offer.get("itemCondition") or product.get("itemCondition")),
        "price_valid_until": moment(offer.get("priceValidUntil") or specified.get("validThrough")),
        "attributes": {"highPrice": high} if high and "lowPrice" in offer else {},
    }


def _specification(offer: dict) -> dict:
    """Return the specification of the price to pay, not of the one that is crossed out."""
    stated = dicts(offer.get("priceSpecification"))
    return next((one for one in stated if word("price", one.get("priceType")) not in NOT_TO_PAY), {})


def _first(sources: tuple[dict, ...], names: tuple[str, ...]):
    """Return the first value that one of the sources states under one of the names."""
    return next((one for source in sources for name in names if (one := _one(source.get(name))) is not None), None)


def _one(value):
    """Return a price as the page states it: a number or a text as it is, of many values the first."""
    if isinstance(value, list):
        value = next((one for one in value if one not in (None, "")), None)
    if isinstance(value, dict | list):
        return text(value)
    return None if isinstance(value, bool) or value == "" else value


def _attributes(product: dict) -> dict[str, str]:
    named = {name: text(product.get(name)) for name in ATTRIBUTES}
    more = {text(one.get("name")): text(one.get("value")) for one in dicts(product.get("additionalProperty"))}
    found = [(name, value) for name, value in (more | named).items() if name and value and len(name + value) < 1000]
    return dict(found[-MOST_ATTRIBUTES:])


def _gtin(thing: dict) -> str | None:
    return next((code for name in GTINS if (code := gtin(thing.get(name)))), None)


def _bare(number: str | None) -> str | None:
    """Return a productID without the name of its scheme: XA30202 of `sku:XA30202`."""
    return number.split(":", 1)[-1].strip() or None if number else None
