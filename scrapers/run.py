"""One run over one source: what it reads for, how far it is, and the one way from there to the database."""

import asyncio
import hashlib
import logging
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec

from scrapers.mapping import compiled, contract_of
from scrapers.sources import Source
from warehouse import crawl_log, drift
from warehouse.load import Counts, Prepared, cursor_of, loaded_before, store

SECONDS_BETWEEN_LINES = 5
log = logging.getLogger(__name__)


class Run:
    """A run over a source; `is_over` says that a batch could not be stored, after which nothing more may be."""

    def __init__(self, source: Source, connection, run_id: str, days: tuple | None = None):
        self.source, self.connection, self.run_id, self.days = source, connection, run_id, days
        self.shapes = drift.Shapes()
        self.mapping, self.contract = self.shapes.watch(compiled(source)), contract_of(source)
        self.cursor = cursor_of(connection, source.name)
        self.counts, self.fields, self.is_over = Counts(), Counter(), False
        self.requests, self.responses, self.errors = 0, Counter(), 0
        self.started_at, self._told_at = datetime.now(UTC), time.monotonic()
        # One thread: what the database is asked for happens one after another, beside fetching, cutting and checking.
        self.thread = ThreadPoolExecutor(max_workers=1)

    async def in_turn(self, act, *arguments):
        """Return what `act` returns, called in the thread that talks to the database."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, act, *arguments)

    def store(self, batch: Prepared, fields: Counter, cursor: dict | None, also=None, content_hash=None) -> None:
        """Store one batch and what it showed; after a failure nothing more, or the cursor would pass over the lost."""
        if self.is_over:
            return

        def note(connection, problems):
            words = Counter(p.detail.partition(": ")[0] for p in problems.values() if p.reason == "unknown_value")
            drift.note(connection, self.source.name, self.run_id, fields, words)
            if also:
                also(connection)

        try:
            origin = {"source": self.source.name, "run_id": self.run_id, "content_hash": content_hash}
            counts = store(self.connection, batch, cursor=cursor, also=note, **origin)
        except Exception as error:
            self.is_over = True
            log.error("could not store a batch: %s: %s", type(error).__name__, str(error).partition("\n")[0])
            return
        self.counts += counts
        self.fields += fields
        self._tell()

    def hash_of(self, content: bytes) -> bytes:
        """Return the hash of a block of a file, read as this source reads it."""
        how = msgspec.json.encode([self.source, str(msgspec.structs.fields(self.contract))])
        return hashlib.blake2b(content, digest_size=16, key=hashlib.sha256(how).digest()).digest()

    def known(self, content_hash: bytes) -> Counts | None:
        """Return what a block counted when it was loaded before."""
        return loaded_before(self.connection, self.source.name, content_hash)

    def end(self, is_well: bool) -> None:
        """Write down how the run went."""
        self.thread.shutdown()
        crawl_log.write(
            self.connection,
            source=self.source.name,
            run_id=self.run_id,
            business=self.source.business,
            table_name=self.contract.table,
            status="finished" if is_well and not self.is_over else "failed",
            requests=self.requests,
            responses=self.responses,
            errors=self.errors,
            counts=self.counts,
            fields=self.fields,
            started_at=self.started_at,
        )

    def _tell(self) -> None:
        if time.monotonic() - self._told_at > SECONDS_BETWEEN_LINES:
            self._told_at = time.monotonic()
            print(f"{self.source.name}: {describe(self.counts)}", file=sys.stderr, flush=True)


def describe(counts: Counts) -> str:
    """Return counts as words, such as `10 received = 8 loaded + 1 duplicate + 1 quarantined`."""
    return (
        f"{counts.received:,} received = {counts.loaded:,} loaded + {counts.duplicate:,} duplicate"
        f" + {counts.quarantined:,} quarantined"
    )
