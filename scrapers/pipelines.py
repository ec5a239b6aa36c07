"""The way of a crawl to the database: batches are stored one after another, beside the crawling."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from scrapers.items import Batch
from warehouse.load import prepare


class WarehousePipeline:
    """Checks each batch here and stores it in a thread of its own, in the order in which they come."""

    def __init__(self, crawler):
        self.crawler = crawler
        # One thread: batches are stored one after another, while the next one is fetched, cut and checked here.
        self.storing = ThreadPoolExecutor(max_workers=1)

    @classmethod
    def from_crawler(cls, crawler):
        """Scrapy's way to make a pipeline."""
        return cls(crawler)

    async def process_item(self, batch: Batch):
        """Check and store one batch."""
        run = self.crawler.spider.run
        prepared = prepare(run.contract, batch.arrivals, run.source.business)
        await asyncio.get_running_loop().run_in_executor(self.storing, run.store, prepared, batch.cursor)
        return batch
