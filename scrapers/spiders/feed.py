"""A feed: files on this machine, or pages of records over HTTP that follow one another."""

import itertools
import re
import zlib
from datetime import UTC, date, datetime, timedelta

import scrapy

from scrapers import files, formats
from scrapers.items import Batch
from scrapers.spiders.base import SourceSpider

NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next\b')


class FeedSpider(SourceSpider):
    """Reads a feed in its format; each kind of feed is a name and a contract."""

    async def start(self):
        """Read the local file batch by batch, or ask for the first page."""
        if self.source.path:
            try:
                before = None
                for batch in files.batches(self.source, self.mapping, self.cursor):
                    yield batch
                    if before:
                        await before.stored.wait()  # one batch is stored while the next is cut, never more
                    if self.is_over:
                        return
                    before = batch
            except EOFError:
                self.logger.error("%s is cut off: what stands before the cut is stored", self.source.path)
            except (OSError, zlib.error) as error:
                self.logger.error("cannot read on in %s: %s", self.source.path, error)
        else:
            url, window = self._beginning()
            if url:
                yield self._request(url, window)

    def _beginning(self) -> tuple[str | None, dict | None]:
        """Return the first URL of this run, and the window of days that it belongs to."""
        if not self.source.is_windowed:
            return self.source.url, None
        cursor = self.cursor or {}
        if not self.days and cursor.get("next"):
            return cursor["next"], {"until": cursor["until"], "moves": True}
        today = datetime.now(UTC).date()
        begin = date.fromisoformat(cursor["until"]) if "until" in cursor else self.source.start
        first, last = self.days or (min(begin, today), today + timedelta(days=1))
        # The cursor passes over no gap, and today is not over: it will be asked for again.
        moves = first <= begin < last
        window = {"until": min(last, today).isoformat(), "moves": moves}
        return self.source.url.replace("{from}", first.isoformat()).replace("{until}", last.isoformat()), window

    def _request(self, url: str, window: dict | None) -> scrapy.Request:
        arguments = {"window": window}
        return scrapy.Request(url, self.parse, errback=self.failed, cb_kwargs=arguments, dont_filter=True)

    async def parse(self, response, window: dict | None):
        """Yield the records of one page as a batch, or as several where they are many; then ask for the next page."""
        following = NEXT.search(response.headers.get("Link", b"").decode("latin-1"))
        url = response.urljoin(following[1]) if following else None
        arrivals = formats.arrivals(self.source, response.body, self.mapping)
        while len(part := list(itertools.islice(arrivals, files.RECORDS_PER_BATCH))) == files.RECORDS_PER_BATCH:
            batch = Batch(part)
            yield batch
            await batch.stored.wait()
        yield Batch(part, self._cursor_after(url, window))
        if url and not self.is_over:
            yield self._request(url, window)

    def _cursor_after(self, following: str | None, window: dict | None) -> dict | None:
        """Return where to go on when this page is stored; a run over given days leaves pages out of the cursor."""
        if not window or not window["moves"]:
            return None
        if following:
            return None if self.days else {"until": window["until"], "next": following}
        return {"until": window["until"]}
