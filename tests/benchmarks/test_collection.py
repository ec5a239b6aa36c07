"""Collecting a local file of a million events beside a bare parse + COPY + insert-on-conflict of the same file."""

import os
import resource
import subprocess
import sys
import time

import msgspec
import psycopg
import pytest
import yaml

from warehouse.connection import PROJECT

EVENTS = int(os.environ.get("BENCH_EVENTS", 1_000_000))
BATCH = 10_000
# Not vacuumed: its upkeep would fall into the time of what is measured after it.
BARE = """
create table bare_events (message_id text primary key, type text, event text, anonymous_id text, user_id text,
    occurred_at timestamptz, sent_at timestamptz, received_at timestamptz, context jsonb, properties jsonb)
    with (autovacuum_enabled = off)
"""
FIELDS = ("messageId", "type", "event", "anonymousId", "userId", "timestamp", "sentAt", "receivedAt")


def bare(path):
    """The least that loading can be: no checks, no quarantine, no counts, no cursor."""
    with psycopg.connect("") as connection, path.open("rb") as file:
        connection.execute(BARE)
        connection.execute("create temporary table staged (like bare_events) on commit delete rows")
        connection.commit()
        while lines := [line for _, line in zip(range(BATCH), file, strict=False)]:
            with connection.transaction(), connection.cursor() as db:
                with db.copy("copy staged from stdin") as copy:
                    for line in lines:
                        record = msgspec.json.decode(line)
                        objects = [msgspec.json.encode(record.get(name)).decode() for name in ("context", "properties")]
                        copy.write_row([record.get(name) for name in FIELDS] + objects)
                db.execute("insert into bare_events select * from staged on conflict do nothing")


def timed(act, *arguments):
    began = time.perf_counter()
    act(*arguments)
    return time.perf_counter() - began


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_collection_beside_a_bare_load(warehouse, tmp_path):
    path = tmp_path / "events.jsonl"
    command = [sys.executable, "-m", "scrapers.demo", "events", "--events", str(EVENTS), "--out", str(path)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    sources = tmp_path / "sources.yml"
    entry = {"kind": "events", "path": str(path)}
    sources.write_text(yaml.safe_dump({"business": "toy", "sources": {"toy_events": entry}}))

    def ours():
        command = [sys.executable, "-m", "scrapers", "toy_events", "--sources", str(sources)]
        subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)

    # Taken in turn, so that a noisy neighbour troubles both.
    bound = timed(bare, path)
    first = timed(ours)
    warehouse.execute("truncate raw.cursors")
    replay = timed(ours)
    loaded = warehouse.execute("select count(*) from raw.events").fetchone()[0]
    assert loaded == warehouse.execute("select count(*) from bare_events").fetchone()[0]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"\n{EVENTS:,} events from a local file, peak {peak:.0f} MiB"
        f"\n  bare parse + COPY + insert-on-conflict  {EVENTS / bound:>9,.0f} rows/s"
        f"\n  python -m scrapers                      {EVENTS / first:>9,.0f} rows/s   ratio {bound / first:.2f}"
        f"\n  full re-delivery of the same file       {EVENTS / replay:>9,.0f} rows/s   ratio {bound / replay:.2f}"
    )
    assert bound / first >= 0.5
