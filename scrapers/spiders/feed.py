"""A feed: pages of records over HTTP that follow one another."""

import re
from datetime import UTC, date, datetime, timedelta

import scrapy

from scrapers import formats
from scrapers.items import Batch
from scrapers.spiders.base import SourceSpider

NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next\b')


class FeedSpider(SourceSpider):
    """Reads a feed in its format; each kind of feed is a name and a contract."""

    async def start(self):
        """Ask for the first page."""
        url, window = self._beginning()
        if url:
            yield self._request(url, window)

    def _beginning(self) -> tuple[str | None, dict | None]:
        """Return the first URL of this run, and the window of days that it belongs to."""
        if not self.run.source.is_windowed:
            return self.run.source.url, None
        cursor = self.run.cursor or {}
        if not self.run.days and cursor.get("next"):
            return cursor["next"], {"until": cursor["until"], "moves": True}
        today = datetime.now(UTC).date()
        begin = date.fromisoformat(cursor["until"]) if "until" in cursor else self.run.source.start
        first, last = self.run.days or (min(begin, today), today + timedelta(days=1))
        # The cursor passes over no gap, and today is not over: it will be asked for again.
        moves = first <= begin < last
        window = {"until": min(last, today).isoformat(), "moves": moves}
        return self.run.source.url.replace("{from}", first.isoformat()).replace("{until}", last.isoformat()), window

    def _request(self, url: str, window: dict | None) -> scrapy.Request:
        arguments = {"window": window}
        return scrapy.Request(url, self.parse, errback=self.failed, cb_kwargs=arguments, dont_filter=True)

    def parse(self, response, window: dict | None):
        """Yield the records of one page as a batch, then ask for the next page."""
        following = NEXT.search(response.headers.get("Link", b"").decode("latin-1"))
        url = response.urljoin(following[1]) if following else None
        yield Batch(
            list(formats.arrivals(self.run.source, response.body, self.run.mapping)), self._cursor_after(url, window)
        )
        if url and not self.run.is_over:
            yield self._request(url, window)

    def _cursor_after(self, following: str | None, window: dict | None) -> dict | None:
        """Return where to go on when this page is stored; a run over given days leaves pages out of the cursor."""
        if not window or not window["moves"]:
            return None
        if following:
            return None if self.run.days else {"until": window["until"], "next": following}
        return {"until": window["until"]}
