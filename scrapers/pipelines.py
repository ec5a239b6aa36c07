"""The one way from a spider to the database: batches are stored one after another, beside the crawling."""

import asyncio
import logging
import sys
import time

from scrapers.items import Batch
from warehouse.load import Counts, load

SECONDS_BETWEEN_LINES = 5
log = logging.getLogger(__name__)


class WarehousePipeline:
    """Hands each batch to the loader, in the order in which they come."""

    def __init__(self, crawler):
        self.crawler = crawler
        self.turn = asyncio.Lock()
        self.told_at = time.monotonic()

    @classmethod
    def from_crawler(cls, crawler):
        """Scrapy's way to make a pipeline."""
        return cls(crawler)

    async def process_item(self, batch: Batch):
        """Store one batch; after a failure nothing more is stored, or the cursor would pass over the lost one."""
        async with self.turn:
            try:
                if not self.crawler.spider.is_over:
                    await asyncio.to_thread(self._store, batch)
            except Exception as error:
                self.crawler.spider.is_over = True
                log.error("could not store a batch: %s: %s", type(error).__name__, str(error).splitlines()[0])
            finally:
                batch.stored.set()
        return batch

    def _store(self, batch: Batch) -> None:
        spider = self.crawler.spider
        origin = {"business": spider.source.business, "source": spider.source.name, "run_id": spider.run_id}
        counts = load(spider.connection, spider.contract, batch.arrivals, cursor=batch.cursor, **origin)
        spider.counts += counts
        if time.monotonic() - self.told_at > SECONDS_BETWEEN_LINES:
            self.told_at = time.monotonic()
            print(f"{spider.source.name}: {describe(spider.counts)}", file=sys.stderr, flush=True)


def describe(counts: Counts) -> str:
    """Return counts as words, such as `10 received = 8 loaded + 1 duplicate + 1 quarantined`."""
    return (
        f"{counts.received:,} received = {counts.loaded:,} loaded + {counts.duplicate:,} duplicate"
        f" + {counts.quarantined:,} quarantined"
    )
