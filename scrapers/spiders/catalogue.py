"""Catalogue sites: robots.txt, sitemaps, product pages with schema.org Product; listings where there is no sitemap."""

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

import extruct
import scrapy
from scrapy.http import TextResponse
from scrapy.utils.sitemap import Sitemap

from scrapers import markup
from scrapers.items import Batch
from scrapers.spiders.base import SourceSpider
from warehouse.check import Arrival

SCHEMA = ("https://schema.org/", "http://schema.org/")


class CatalogueSpider(SourceSpider):
    """Follows sitemaps to product pages, or a listing's links and next pages."""

    name = "catalogue"

    async def start(self):
        """Begin at the sitemap or the listing that the source names."""
        yield scrapy.Request(self.source.url, self.parse, errback=self.failed)

    def parse(self, response):
        """Follow a sitemap, an index of sitemaps, or the links of a listing; yield the products of a page."""
        if self.is_over:
            return
        if b"<urlset" in response.body[:2000] or b"<sitemapindex" in response.body[:2000]:
            for entry in Sitemap(response.body):
                yield self._request(response, entry["loc"])
            return
        if not isinstance(response, TextResponse):
            return
        if reason := markup.unbearable(response.text):
            self.logger.warning("passed over %s: %s", response.url, reason)
            return
        products = list(product_records(response))
        if products:
            yield Batch([self._arrival(product) for product in products])
        else:
            for link in response.css("a[href*='/product'], a[rel=next], link[rel=next]"):
                yield self._request(response, link.attrib["href"])

    def _request(self, response, url: str) -> scrapy.Request | None:
        try:
            return response.follow(url, self.parse, errback=self.missed)
        except ValueError as error:
            self.logger.warning("passed over a link of %s that is no address: %s", response.url, error)

    def _arrival(self, product: dict) -> Arrival:
        original = json.dumps(product, ensure_ascii=False, sort_keys=True).encode()
        return Arrival(original, self.mapping(product))


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
