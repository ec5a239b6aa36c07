"""A feed: pages of records over HTTP that follow one another."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import scrapy

from scrapers import formats, paging
from scrapers.items import Batch
from scrapers.spiders.base import SourceSpider
from warehouse.check import Arrival

RECORDS_PER_BATCH = 10_000


class FeedSpider(SourceSpider):
    """Reads a feed in its format; each kind of feed is a name and a contract."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.asked, self.is_refused = set(), False

    async def start(self):
        """Ask for the first page."""
        url, window = self._beginning()
        if url:
            yield self._request(url, window)

    def _beginning(self) -> tuple[str | None, dict | None]:
        """Return the first URL of this run, and the window of days that it belongs to."""
        cursor = self.run.cursor or {}
        if self.run.source.follow_newer:
            newer = cursor.get("newer")
            return newer or self.run.source.url, {"goes_up": newer is not None, "newer": newer}
        if not self.run.source.is_windowed:
            return self.run.source.url, None
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
        self.asked.add(url)
        arguments = {"window": window}
        return scrapy.Request(url, self.parse, errback=self.failed, cb_kwargs=arguments, dont_filter=True)

    def parse(self, response, window: dict | None):
        """Yield the records of one page as a batch, or as several where they are many; then ask for the next page."""
        records = self._records(response)
        part = list(itertools.islice(records, RECORDS_PER_BATCH))
        if self.is_refused:
            yield Batch(part)
            return
        url, cursor = self._onward(response, window, bool(part))
        while len(part) == RECORDS_PER_BATCH:
            yield Batch(part)
            part = list(itertools.islice(records, RECORDS_PER_BATCH))
        yield Batch(part, cursor)
        if url and not self.run.is_over:
            yield self._request(url, window)

    def _records(self, response) -> Iterator[Arrival]:
        """Yield the records of a page; where nobody can tell its columns, it is refused, and the pages after it too."""
        try:
            yield from formats.arrivals(self.run.source, response.body, self.run.mapping)
        except formats.NoHeaderError as error:
            self.is_refused = True
            self.logger.error("cannot read %s: %s", response.url, error)

    def _onward(self, response, window: dict | None, has_records: bool) -> tuple[str | None, dict | None]:
        """Return the page that follows, and the cursor that is right when this one is stored."""
        try:
            if self.run.source.follow_newer:
                url, cursor = self._along_timeline(paging.links(response) if has_records else {}, window)
            else:
                url = paging.following(self.run.source, response)
                cursor = self._cursor_after(url, window)
        except paging.PagingError as error:
            self.logger.error("cannot read on behind %s: %s", response.url, error)
            return None, None
        if url in self.asked:
            self.logger.error("the pages go in a circle: %s was read before", url)
            return None, None
        return url, cursor

    def _along_timeline(self, links: dict[str, str], window: dict) -> tuple[str | None, dict | None]:
        """Return the page that follows, and where the next run goes on when this one is stored.

        The first run goes down to the oldest post and only then remembers what is newer than its first page;
        later ones go up, and remember each page.
        """
        if window["goes_up"]:
            newer = links.get("prev")
            return newer, newer and {"newer": newer}
        window["newer"] = window["newer"] or links.get("prev")
        older = links.get("next")
        return older, {"newer": window["newer"]} if window["newer"] and not older else None

    def _cursor_after(self, following: str | None, window: dict | None) -> dict | None:
        """Return where to go on when this page is stored; a run over given days leaves pages out of the cursor."""
        if not window or not window["moves"]:
            return None
        if following:
            return None if self.run.days else {"until": window["until"], "next": following}
        return {"until": window["until"]}
