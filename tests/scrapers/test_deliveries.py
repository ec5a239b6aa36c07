"""The same events again and again: by twenty writers at once, out of order, weeks late. Each is loaded once."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest

from warehouse import vault
from warehouse.check import Arrival
from warehouse.load import Counts, load, quarantine_place
from warehouse.raw import Event

pytestmark = pytest.mark.slow
WRITERS, KEYS, BATCH = 20, 10_000, 500
CONTESTED = range(0, KEYS, 100)  # ids under which every second writer says something else
RECORDS, LATE = 200_000, timedelta(days=45)
MOMENT = datetime.fromisoformat("2026-03-01T08:00:00Z")


def arrival(number, word):
    record = {"message_id": f"m{number}", "type": "track", "event": word, "occurred_at": MOMENT.isoformat()}
    return Arrival(json.dumps(record).encode(), record)


def deliver(writer):
    """Load all keys in an order of its own; return what became of them."""
    words = {number: f"Said by {'odd' if writer % 2 else 'even'}" for number in CONTESTED}
    arrivals = [arrival(number, words.get(number, "Product Viewed")) for number in range(KEYS)]
    random.Random(writer).shuffle(arrivals)
    origin = {"business": "toy", "source": "toy_events", "run_id": f"writer {writer}"}
    with psycopg.connect("", autocommit=True) as connection:
        parts = [arrivals[at : at + BATCH] for at in range(0, KEYS, BATCH)]
        return sum((load(connection, Event, part, **origin) for part in parts), Counts())


def test_twenty_writers_of_the_same_keys_load_each_once_and_lose_no_word_of_those_who_came_second(warehouse):
    with ThreadPoolExecutor(WRITERS) as pool:
        counts = sum(pool.map(deliver, range(WRITERS)), Counts())
    received, conflicts = WRITERS * KEYS, len(CONTESTED) * WRITERS // 2
    assert counts == Counts(received, KEYS, received - KEYS - conflicts, conflicts)
    ledger = "select sum(received)::int, sum(loaded)::int, sum(duplicate)::int, sum(quarantined)::int from raw.batches"
    assert warehouse.execute(ledger).fetchone() == counts
    assert warehouse.execute("select count(*), count(distinct message_id) from raw.events").fetchone() == (KEYS, KEYS)

    kept = dict(warehouse.execute("select message_id, event from raw.events where event like 'Said%'").fetchall())
    place, second = quarantine_place("toy", "toy_events", "events"), {}
    for reason, sealed in warehouse.execute("select reason, original from quarantine.records").fetchall():
        assert reason == "id_conflict"
        record = json.loads(vault.decrypt(sealed, place))
        second.setdefault(record["message_id"], []).append(record["event"])
    both = {f"m{number}": ["Said by even", "Said by odd"] for number in CONTESTED}
    assert {name: sorted([kept[name], *words]) for name, words in second.items()} == both


def line(number, delay):
    """An event as a collector passes it on: sent and received later at each new try."""
    sent = {"sentAt": (MOMENT + delay).isoformat(), "receivedAt": (MOMENT + delay + timedelta(seconds=1)).isoformat()}
    record = {"messageId": f"m{number}", "type": "track", "event": "Product Viewed", "timestamp": MOMENT.isoformat()}
    return json.dumps(record | {"anonymousId": f"a{number % 997}", "properties": {"product_id": "p1"}} | sent)


def test_a_file_delivered_five_times_out_of_order_and_45_days_late_is_loaded_once(collect, warehouse, tmp_path):
    path = tmp_path / "events.jsonl"
    chance = random.Random(7)

    def delivered(lines):
        path.write_text("\n".join(lines) + "\n")
        warehouse.execute("truncate raw.cursors")
        done = collect({"kind": "events", "path": str(path)})
        assert done.returncode == 0, done.stderr
        return done.stdout

    lines = [line(number, timedelta()) for number in range(RECORDS)]
    assert f"{RECORDS:,} loaded + 0 duplicate + 0 quarantined" in delivered(lines)
    again = f"{RECORDS:,} received = 0 loaded + {RECORDS:,} duplicate + 0 quarantined"
    assert again in delivered(lines)
    assert again in delivered(lines[::-1])
    assert again in delivered(chance.sample(lines, RECORDS))
    stored = "select count(*), sum(hashtextextended(events::text, 0)::numeric) from raw.events"
    for table, column in (("events", "loaded_at"), ("batches", "started_at"), ("batches", "finished_at")):
        warehouse.execute(f"update raw.{table} set {column} = {column} - interval '{LATE.days} days'")
    before = warehouse.execute(stored).fetchone()
    assert again in delivered(chance.sample([line(number, LATE) for number in range(RECORDS)], RECORDS))
    assert warehouse.execute(stored).fetchone() == before and before[0] == RECORDS
