"""The one way from a spider to the database: batches are stored one after another, beside the crawling."""

import asyncio
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from scrapers.items import Batch
from warehouse.load import Counts, Prepared, prepare, store

SECONDS_BETWEEN_LINES = 5
log = logging.getLogger(__name__)


class WarehousePipeline:
    """Checks each batch here and stores it in a thread of its own, in the order in which they come."""

    def __init__(self, crawler):
        self.crawler = crawler
        self.told_at = time.monotonic()
        # One thread: batches are stored one after another, while the next one is fetched, cut and checked here.
        self.storing = ThreadPoolExecutor(max_workers=1)

    @classmethod
    def from_crawler(cls, crawler):
        """Scrapy's way to make a pipeline."""
        return cls(crawler)

    async def process_item(self, batch: Batch):
        """Check and store one batch."""
        spider = self.crawler.spider
        prepared = prepare(spider.contract, batch.arrivals, spider.source.business)
        await asyncio.get_running_loop().run_in_executor(self.storing, self._store, prepared, batch.cursor)
        batch.stored.set()
        return batch

    def _store(self, prepared: Prepared, cursor: dict | None) -> None:
        """Store one batch; after a failure nothing more, or the cursor would pass over the lost one."""
        spider = self.crawler.spider
        if spider.is_over:
            return
        try:
            spider.counts += store(
                spider.connection, prepared, source=spider.source.name, run_id=spider.run_id, cursor=cursor
            )
        except Exception as error:
            spider.is_over = True
            log.error("could not store a batch: %s: %s", type(error).__name__, str(error).splitlines()[0])
        if time.monotonic() - self.told_at > SECONDS_BETWEEN_LINES:
            self.told_at = time.monotonic()
            print(f"{spider.source.name}: {describe(spider.counts)}", file=sys.stderr, flush=True)


def describe(counts: Counts) -> str:
    """Return counts as words, such as `10 received = 8 loaded + 1 duplicate + 1 quarantined`."""
    return (
        f"{counts.received:,} received = {counts.loaded:,} loaded + {counts.duplicate:,} duplicate"
        f" + {counts.quarantined:,} quarantined"
    )
