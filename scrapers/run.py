"""One run over one source: what it reads for, how far it is, and the one way from there to the database."""

import asyncio
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from scrapers.mapping import compiled, contract_of
from scrapers.sources import Source
from warehouse.load import Counts, Prepared, cursor_of, store

SECONDS_BETWEEN_LINES = 5
log = logging.getLogger(__name__)


class Run:
    """A run over a source; `is_over` says that a batch could not be stored, after which nothing more may be."""

    def __init__(self, source: Source, connection, run_id: str, days: tuple | None = None):
        self.source, self.connection, self.run_id, self.days = source, connection, run_id, days
        self.mapping, self.contract = compiled(source), contract_of(source)
        self.cursor = cursor_of(connection, source.name)
        self.counts, self.is_over = Counts(), False
        self._told_at = time.monotonic()
        # One thread: what the database is asked for happens one after another, beside fetching, cutting and checking.
        self.thread = ThreadPoolExecutor(max_workers=1)

    async def in_turn(self, act, *arguments):
        """Return what `act` returns, called in the thread that talks to the database."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, act, *arguments)

    def store(self, batch: Prepared, cursor: dict | None, also=None) -> None:
        """Store one batch; after a failure nothing more, or the cursor would pass over the lost one."""
        if self.is_over:
            return
        try:
            self.counts += store(
                self.connection, batch, source=self.source.name, run_id=self.run_id, cursor=cursor, also=also
            )
        except Exception as error:
            self.is_over = True
            log.error("could not store a batch: %s: %s", type(error).__name__, str(error).splitlines()[0])
        if time.monotonic() - self._told_at > SECONDS_BETWEEN_LINES:
            self._told_at = time.monotonic()
            print(f"{self.source.name}: {describe(self.counts)}", file=sys.stderr, flush=True)


def describe(counts: Counts) -> str:
    """Return counts as words, such as `10 received = 8 loaded + 1 duplicate + 1 quarantined`."""
    return (
        f"{counts.received:,} received = {counts.loaded:,} loaded + {counts.duplicate:,} duplicate"
        f" + {counts.quarantined:,} quarantined"
    )
