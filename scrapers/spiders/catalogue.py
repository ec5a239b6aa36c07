"""Catalogue sites: by robots.txt, sitemaps, listings and their next pages to product pages; frontier in PostgreSQL."""

import asyncio
import hashlib
import json
import re
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urldefrag, urlsplit

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http import TextResponse
from scrapy.utils.gz import gunzip, gzip_magic_number
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots
from w3lib.url import safe_url_string

from scrapers import markup, network
from scrapers.items import Batch
from scrapers.products import extract
from scrapers.sources import Source
from scrapers.spiders.base import SourceSpider
from warehouse import frontier
from warehouse.check import Arrival, Problem
from warehouse.frontier import Known, Visit
from warehouse.raw.shop import page_id

GREATEST_SITEMAP = 50 * 1024 * 1024  # unpacked, as sitemaps.org has it
# What shops call the way to their products and listings, as a part of a path.
PRODUCTS = {"product", "products", "p", "item", "items", "dp", "goods", "produkt", "produit", "producto"}
LISTINGS = {"category", "categories", "collection", "collections", "c", "catalog", "catalogue", "shop", "kategorie"}
LONGEST_ADDRESS = 2_000
PAGED = re.compile(r"[?&](page|p|start|offset)=\d+", re.ASCII)


class CatalogueSpider(SourceSpider):
    """Fetches what a round of the frontier still has to fetch; a page that is as it was costs no parsing."""

    name = "catalogue"
    handle_httpstatus_list = [304, 404, 410]

    def __init__(self, run, **kwargs):
        super().__init__(run, **kwargs)
        self.round = None
        self.under_way: set[str] = set()
        self.paused: set[str] = set()
        self.has_room = asyncio.Event()
        self.hosts = run.source.allowed_hosts

    async def start(self):
        """Ask for the pages of this round that are not done; of no host for more at once than may be asked again."""
        run, most = self.run, 2 * self.run.source.concurrency
        self.round = await run.in_turn(frontier.begin, run.connection, run.source.name, _seeds(run.source))
        while not run.is_over:
            self.has_room.clear()
            # As it is before the question: what is stored while it is answered may have led on.
            by_host, under_way = self._by_host(), set(self.under_way)
            busy = {host for host, count in by_host.items() if count > most / 2}
            free = most - max((count for host, count in by_host.items() if host not in busy), default=0)
            pages = await run.in_turn(
                frontier.pending, run.connection, run.source.name, self.round, free, under_way, busy
            )
            if not (pages or under_way):
                await run.in_turn(frontier.finish, run.connection, run.source.name, self.round)
                return
            for page in pages:
                self.under_way.add(page.url)
                yield self._request(page)
            if not pages:
                await self.has_room.wait()

    def done(self, visits: list[Visit]) -> None:
        """Hear from the pipeline which pages are stored; go on where a host of theirs has room for more."""
        self.under_way.difference_update(visit.url for visit in visits)
        by_host = self._by_host()
        if any(by_host[frontier.host_of(visit.url)] <= self.run.source.concurrency for visit in visits):
            self.has_room.set()

    @contextmanager
    def waiting(self, request):
        """Let other pages take the place of one that waits."""
        page = request.cb_kwargs.get("page")  # a request for robots.txt has none
        url = page.url if page else request.url
        self.paused.add(url)
        self.has_room.set()
        try:
            yield
        finally:
            self.paused.discard(url)

    def _by_host(self) -> Counter:
        """Return how many pages of each host are under way and do not wait."""
        return Counter(map(frontier.host_of, self.under_way - self.paused))

    def parse(self, response, page: Known):
        """Yield what stands on a page, and where it leads, to be stored together."""
        try:
            yield self._read(response, page)
        except Exception as error:  # a page that cannot be read must not hold up the round for ever
            self.logger.error("cannot read %s: %s", page.url, type(error).__name__)
            yield self._batch(Visit(page.url, "failed", response.status))

    def _read(self, response, page: Known) -> Batch:
        visit = Visit(page.url, "changed", response.status, _text(response, "ETag"), _text(response, "Last-Modified"))
        if response.status == 304:
            return self._batch(visit._replace(outcome="unchanged"))
        if response.status in (404, 410):
            if page.url == self.run.source.url:
                self.logger.error("cannot fetch %s: HTTP %s", page.url, response.status)
            return self._batch(visit._replace(outcome="missing"))
        content_hash = hashlib.blake2b(response.body, digest_size=16).digest()
        if content_hash == page.content_hash:
            return self._batch(visit._replace(outcome="unchanged"))
        visit = visit._replace(content_hash=content_hash)
        if (entries := _sitemap_entries(response)) is not None:
            return self._batch(visit._replace(links=self._links(response, entries)))
        if not isinstance(response, TextResponse):
            return self._batch(visit)
        if reason := markup.unbearable(response.text):
            self.logger.warning("passed over %s: %s", response.url, reason)
            return self._batch(visit._replace(outcome="refused"))
        found = extract(response.text, response.url)
        arrivals = [self._arrival(product) for product in found.products]
        arrivals += [Arrival(script.encode(errors="replace"), Problem("not_json")) for script in found.unread]
        products = tuple((product["product_id"], page_id(product.get("url"))) for product in found.products)
        return self._batch(visit._replace(links=self._links(response, _leads(response)), products=products), arrivals)

    def refused(self, failure):
        """Finish a page that could not be fetched: in this round it is not asked for again."""
        page = failure.request.cb_kwargs["page"]
        if page.url == self.run.source.url:
            self.failed(failure)
        else:
            self.missed(failure)
        response = getattr(failure.value, "response", None)
        is_refused = failure.check(IgnoreRequest, network.Refused) and response is None
        outcome = "refused" if is_refused else "failed"
        yield self._batch(Visit(page.url, outcome, response.status if response is not None else None))

    def _request(self, page: Known) -> scrapy.Request:
        known = {"If-None-Match": page.etag, "If-Modified-Since": page.last_modified}
        headers = {name: value for name, value in known.items() if value and page.content_hash}
        return scrapy.Request(
            page.url, self.parse, errback=self.refused, headers=headers, cb_kwargs={"page": page}, dont_filter=True
        )

    def _batch(self, visit: Visit, arrivals=()) -> Batch:
        return Batch(list(arrivals), visit=visit)

    def _arrival(self, product: dict) -> Arrival:
        product = product | {"last_seen_at": datetime.now(UTC).isoformat()}
        original = json.dumps(product, ensure_ascii=False, sort_keys=True).encode(errors="replace")
        return Arrival(original, self.run.mapping(product))

    def _links(self, response, found) -> tuple[tuple[str, str | None], ...]:
        """Return addresses of the site's own hosts, each once; what is no address is none."""
        return tuple({url: lastmod for link, lastmod in found if (url := self._address(response, link))}.items())

    def _address(self, response, link: str) -> str | None:
        try:
            url = safe_url_string(urldefrag(response.urljoin(link)).url)
            parts = urlsplit(url)
            host, is_usable = parts.hostname or "", parts.port != 0 and parts.scheme in ("http", "https")
        except ValueError:
            return None
        is_own = any(host == own or host.endswith(f".{own}") for own in self.hosts)
        return url if is_own and is_usable and len(url) <= LONGEST_ADDRESS else None


def _seeds(source: Source) -> list[str]:
    """Return where a round begins: at a site's front page also with robots.txt and the usual sitemap."""
    base = source.url.rstrip("/")
    usual = [] if urlsplit(source.url).path.strip("/") else [f"{base}/robots.txt", f"{base}/sitemap.xml"]
    return [source.url, *usual, *source.also]


def _text(response, header: str) -> str | None:
    value = response.headers.get(header)
    return value.decode("latin-1") if value else None


def _sitemap_entries(response) -> list[tuple[str, str | None]] | None:
    """Return what a sitemap, an index of sitemaps or robots.txt leads to; None where a page is neither."""
    if urlsplit(response.url).path == "/robots.txt":
        return [(url, None) for url in sitemap_urls_from_robots(response.text, base_url=response.url)]
    body = response.body
    if gzip_magic_number(response):
        try:
            body = gunzip(body, max_size=GREATEST_SITEMAP)
        except Exception:
            return []
    if b"<urlset" not in body[:2000] and b"<sitemapindex" not in body[:2000]:
        return None
    return [(entry["loc"].strip(), entry.get("lastmod")) for entry in Sitemap(body) if entry.get("loc")]


def _leads(response) -> list[tuple[str, str | None]]:
    """Return the links of a page that lead to products, to listings, and on through them."""
    found = []
    for link in response.css("a[href], link[rel=next]"):
        address = link.attrib["href"].strip()
        try:
            words = {word.lower() for word in urlsplit(address).path.split("/")}
        except ValueError:
            continue
        if link.attrib.get("rel") == "next" or words & (PRODUCTS | LISTINGS) or PAGED.search(address):
            found.append((address, None))
    return found
