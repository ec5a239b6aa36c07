"""Catalogue sites: robots.txt, sitemaps, product pages; listings where there is no sitemap."""

import json
from datetime import UTC, datetime

import scrapy
from scrapy.http import TextResponse
from scrapy.utils.sitemap import Sitemap

from scrapers.items import Batch
from scrapers.products import extract
from scrapers.spiders.base import SourceSpider
from warehouse.check import Arrival, Problem


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
        page = extract(response.text, response.url)
        if page.products or page.unread:
            unread = [Arrival(script.encode(errors="replace"), Problem("not_json")) for script in page.unread]
            yield Batch([self._arrival(product) for product in page.products] + unread)
        if not page.products:
            for link in response.css("a[href*='/product'], a[rel=next], link[rel=next]"):
                yield self._request(response, link.attrib["href"])

    def _request(self, response, url: str) -> scrapy.Request:
        return response.follow(url, self.parse, errback=self.missed)

    def _arrival(self, product: dict) -> Arrival:
        product = product | {"last_seen_at": datetime.now(UTC).isoformat()}
        original = json.dumps(product, ensure_ascii=False, sort_keys=True).encode()
        return Arrival(original, self.mapping(product))
