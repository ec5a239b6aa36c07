"""What is sent to the API: stored before it is acknowledged, by the loader that collected records go through.

One thread writes. While it stores a batch, what else arrives waits and becomes the next batch: many senders of single
messages share one transaction, and nobody waits for a timer.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import psycopg

from warehouse import connection, segment
from warehouse import replay as replaying
from warehouse.check import Arrival, Problem
from warehouse.load import load
from warehouse.raw import CONTRACTS, Event, Record
from warehouse.vault import VaultError

SOURCE = "api"
LARGEST_BATCH = 5_000
MOST_WAITING = 50_000
PATIENCE_SECONDS = 5
# What says that a visitor cares for a product now.
LOOKED_AT = ("Product Viewed", "Product Clicked", "Product Added", "Product Added to Wishlist")
SIGNALS_KEPT = "1 hour"
SIGNAL = """
insert into live.signals (business, message_id, user_id, anonymous_id, product_id)
select %s, * from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) on conflict do nothing
"""
FORGET = "delete from live.signals where received_at < now() - %s::interval"
FORGET_SECONDS = 60
log = logging.getLogger("huaxiang.intake")


class BusyError(Exception):
    """Nothing was stored: too much waits, or the database cannot be reached."""


class _Waiting(NamedTuple):
    contract: type[Record]
    business: str
    arrivals: Sequence[Arrival]
    done: Callable[[dict[int, Problem] | Exception], None]


class Intake:
    """The door through which records come in; `start` before, `stop` after."""

    def __init__(self):
        """Make the door; nothing is connected yet."""
        self._queue, self._waiting, self._forget_at = queue.SimpleQueue(), 0, 0.0
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
        self._connection = None

    def start(self) -> None:
        """Start the writer."""
        self._thread.start()

    def stop(self) -> None:
        """Store what waits, then end."""
        self._queue.put(None)
        self._thread.join()

    async def put(self, contract: type[Record], business: str, arrivals: Sequence[Arrival]) -> dict[int, Problem]:
        """Store records; return, by position, those that went to quarantine. When this returns, all are durable.

        Raises:
            BusyError: none of them is known to be stored; sent again, they are stored once.
        """
        if self._waiting + len(arrivals) > MOST_WAITING:
            raise BusyError("too much waits to be stored")
        loop, future = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

        def done(outcome):
            loop.call_soon_threadsafe(lambda: future.done() or future.set_result(outcome))

        self._waiting += len(arrivals)
        try:
            self._queue.put(_Waiting(contract, business, arrivals, done))
            outcome = await future
        finally:
            self._waiting -= len(arrivals)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            found, size, is_over = [first], len(first.arrivals), False
            while size < LARGEST_BATCH and not is_over:
                try:
                    one = self._queue.get_nowait()
                except queue.Empty:
                    break
                is_over = one is None
                if one:
                    found.append(one)
                    size += len(one.arrivals)
            for kind in dict.fromkeys((one.contract, one.business) for one in found):
                self._store(*kind, [one for one in found if (one.contract, one.business) == kind])
            if is_over:
                break
        if self._connection:
            self._connection.close()

    def _store(self, contract: type[Record], business: str, group: list[_Waiting]) -> None:
        """Store the records of several senders in one transaction, and tell each what became of theirs."""
        arrivals = [arrival for one in group for arrival in one.arrivals]
        try:
            problems = self._tried(contract, business, arrivals)
        except Exception as error:
            log.error("%s records were not stored: %s", len(arrivals), type(error).__name__)
            for one in group:
                one.done(BusyError("the database cannot be reached now"))
            return
        begin = 0
        for one in group:
            end = begin + len(one.arrivals)
            one.done({at - begin: problem for at, problem in problems.items() if begin <= at < end})
            begin = end

    def _tried(self, contract, business, arrivals) -> dict[int, Problem]:
        """Store records, again on a new connection where the server went away; its rows are never doubled."""
        until, found = time.monotonic() + PATIENCE_SECONDS, {}

        def also(database, problems):
            found.clear()
            found.update(problems)
            if contract is Event:
                _signal(database, business, arrivals, problems)

        while True:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = connection.connect(autocommit=True, application_name="huaxiang intake")
                run = f"{SOURCE}-{datetime.now(UTC):%Y-%m-%d}"
                load(self._connection, contract, arrivals, business=business, source=SOURCE, run_id=run, also=also)
                self._forget()
                return found
            except (psycopg.OperationalError, psycopg.InterfaceError, VaultError):
                if self._connection is not None:
                    self._connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _forget(self) -> None:
        if time.monotonic() > self._forget_at:
            self._connection.execute(FORGET, [SIGNALS_KEPT])
            self._forget_at = time.monotonic() + FORGET_SECONDS


def _signal(database, business: str, arrivals: Sequence[Arrival], problems: dict) -> None:
    """Note, in the transaction of the events, who looked at which product."""
    rows = []
    for at, (_, record, _) in enumerate(arrivals):
        if at in problems or record.get("event") not in LOOKED_AT:
            continue
        properties = record.get("properties")
        product = properties.get("product_id") if properties.__class__ is dict else None
        if product.__class__ not in (str, int) or "\0" in str(product):
            continue
        visitor = [str(record[name]) if name in record else None for name in ("user_id", "anonymous_id")]
        rows.append((str(record["message_id"]), *visitor, str(product)[:256]))
    if rows:
        database.execute(SIGNAL, [business, *map(list, zip(*rows, strict=True))])


def replay(database, reason: str | None = None):
    """Read what the API put into quarantine again; yield business, table and what became of the records."""
    found = database.execute(
        "select business, table_name from quarantine.records where source = %s and replayed_at is null"
        " group by 1, 2 order by 1, 2",
        [SOURCE],
    ).fetchall()
    for business, table in found:
        read = segment.again if table == Event.table else lambda original, _: msgspec.json.decode(original)
        origin = {"business": business, "source": SOURCE, "run_id": f"replay-{SOURCE}", "reason": reason}
        yield business, table, replaying.replay(database, CONTRACTS[table], read, **origin)
