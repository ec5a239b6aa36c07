"""Answer the requests that reach the demo shop: feeds in pages, web pages, 304 for what is known already."""

import gzip
import hashlib
import re
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapers.demo import feeds, pages
from scrapers.demo.world import World

PAGE_SIZE = 5000
BY_PATH = {feed.path: feed for feed in feeds.FEEDS.values()}
LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d{1,5})?")


class BadRequest(Exception):
    """What is wrong with an address, in words for whoever asked."""


class Handler(BaseHTTPRequestHandler):
    """Answer one request."""

    protocol_version = "HTTP/1.1"
    server_version = "HuaxiangDemo"
    sys_version = ""
    disable_nagle_algorithm = True

    def do_GET(self):
        """Serve a feed, a page, or say that there is none."""
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        try:
            if feed := BY_PATH.get(address.path):
                self._serve_feed(feed, query)
            elif found := pages.page(self.server.world, self._base(), address.path, query):
                text, content_type, day = found
                self._answer(text.encode(), content_type, changed=self.server.world.time(day, 0))
            else:
                self._refuse(404, f"There is no {address.path} in this shop; /sitemap.xml lists what there is.")
        except BadRequest as error:
            self._refuse(400, str(error))
        except ConnectionError:
            self.close_connection = True

    do_HEAD = do_GET

    def _base(self) -> str:
        """Return the address by which the visitor knows the shop."""
        host = self.headers.get("Host", "")
        return f"http://{host}" if LOCAL_HOST.fullmatch(host) else self.server.url

    def _serve_feed(self, feed, query: dict[str, str]) -> None:
        world = self.server.world
        first, until = (_day(world, query, name) for name in ("from", "until"))
        place = _place(query["after"]) if "after" in query else feeds.Place(first)
        if place.day < first:
            raise BadRequest("`after` lies before `from`; follow the Link header instead of making it up.")
        size = _number(query.get("page_size", str(PAGE_SIZE)), "page_size")
        body, following = feeds.page(world, feed.name, place, until, max(1, min(size, PAGE_SIZE)))
        headers = {}
        if following:
            again = urlencode(query | {"after": ".".join(map(str, following))})
            headers["Link"] = f'<{self._base()}{feed.path}?{again}>; rel="next"'
        self._answer(body, feed.content_type, headers)

    def _answer(self, body: bytes, content_type: str, headers: dict | None = None, changed: datetime | None = None):
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = {"Content-Type": content_type, "ETag": etag, "Vary": "Accept-Encoding"} | (headers or {})
        if changed:
            headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        if self._is_known(etag, changed):
            return self._send(304, headers, None)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000:
            body = gzip.compress(body, 3, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self._send(200, headers, body)

    def _is_known(self, etag: str, changed: datetime | None) -> bool:
        """Return whether the visitor has this already; an ETag outweighs a time (RFC 9110)."""
        if known := self.headers.get("If-None-Match"):
            return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]
        since = self.headers.get("If-Modified-Since")
        if not (since and changed):
            return False
        try:
            moment = parsedate_to_datetime(since)
        except ValueError:
            return False
        return changed <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def _refuse(self, status: int, reason: str) -> None:
        self._send(status, {"Content-Type": "text/plain; charset=utf-8"}, f"{reason}\n".encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        """Keep quiet: what is asked can hold personal data."""


def _day(world: World, query: dict[str, str], name: str) -> int:
    """Return the day of `from` or `until`."""
    try:
        return (date.fromisoformat(query[name]) - world.start).days
    except (KeyError, ValueError):
        raise BadRequest(f"`{name}` must be a date; ask with ?from=2026-03-01&until=2026-03-02 (half open).") from None


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise BadRequest(f"`{name}` must be a whole number.")
    return int(text)


def _place(text: str) -> feeds.Place:
    parts = text.split(".")
    if len(parts) != 3:
        raise BadRequest("`after` must look like 12.0.5000; follow the Link header instead of making it up.")
    return feeds.Place(*(_number(part, "after") for part in parts))
