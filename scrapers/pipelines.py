"""The way of a crawl to the database: what comes while a transaction is under way is stored in the next, together."""

import asyncio
from functools import partial

from scrapers.items import Batch
from warehouse import frontier
from warehouse.load import prepare


class WarehousePipeline:
    """Checks batches here and stores them one transaction after another, in the order in which they come."""

    def __init__(self, crawler):
        self.crawler, self.waiting, self.turn = crawler, [], asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler):
        """Scrapy's way to make a pipeline."""
        return cls(crawler)

    async def process_item(self, batch: Batch):
        """Store one batch, with those that came while the one before was stored."""
        self.waiting.append(batch)
        async with self.turn:
            together, self.waiting = self.waiting, []
            if together:
                await self._store(together)
        return batch

    async def _store(self, together: list[Batch]) -> None:
        spider = self.crawler.spider
        run = spider.run
        arrivals = [arrival for batch in together for arrival in batch.arrivals]
        cursor = next((batch.cursor for batch in reversed(together) if batch.cursor is not None), None)
        visits = [batch.visit for batch in together if batch.visit]
        prepared = prepare(run.contract, arrivals, run.source.business)
        number = getattr(spider, "round", None)
        also = partial(frontier.finish_pages, source=run.source.name, number=number, visits=visits) if visits else None
        await run.in_turn(run.store, prepared, run.shapes.take(), cursor, also)
        if visits:
            spider.done(visits)
