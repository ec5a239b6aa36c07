"""200 releases and their rollback under readers of every relation of `serving`, beside the same readers left alone."""

import subprocess
import sys
import threading
import time

import psycopg
import pytest

from warehouse.connection import PROJECT
from warehouse.publish import PUBLISHED, publish, rollback

PUBLISHES, ROWS = 200, 1_000
LONGEST_SECONDS = 0.25
# Each reader asks every relation in its own order: two in one statement, one in a transaction of many.
ORDERS = (list(PUBLISHED), list(PUBLISHED)[::-1], sorted(PUBLISHED)[::-1])


def toy_marts(connection):
    for schema in {schema for (schema, _), _ in PUBLISHED.values()}:
        connection.execute(f"create schema if not exists {schema}")
    for (schema, name), key in PUBLISHED.values():
        connection.execute(f"drop table if exists {schema}.{name}")
        columns = ", ".join(f"{column} text" for column in key)
        values = ", ".join(f"'x' || n as {column}" for column in key)
        connection.execute(f"create table {schema}.{name} ({columns}, version int)")
        connection.execute(f"insert into {schema}.{name} select {values}, 1 from generate_series(1, {ROWS}) n")


def queries(names):
    """One query for each relation; its answer is release, least and greatest version, rows."""
    return [f"select min(release_id), min(version), max(version), count(*) from serving.{name}" for name in names]


def read(names, is_one_statement, over, seconds, failures, mixed):
    texts = [" union ".join(queries(names))] if is_one_statement else queries(names)
    with psycopg.connect("", autocommit=True) as connection:
        while not over.is_set():
            found = set()
            try:
                with connection.transaction():
                    connection.execute("set transaction isolation level repeatable read")
                    for text in texts:
                        began = time.perf_counter()
                        found |= set(connection.execute(text).fetchall())
                        seconds.append(time.perf_counter() - began)
            except psycopg.Error as error:
                failures.append(error)
            release, version = next(iter(found), (None, None))[:2]
            if found != {(release, version, version, ROWS)}:
                mixed.append(found)


def read_beside(over, seconds):
    """Read a table that nobody publishes: what it waits for is the machine and the database, no release."""
    with psycopg.connect("", autocommit=True) as connection:
        while not over.is_set():
            began = time.perf_counter()
            connection.execute("select min(n), max(n), count(*) from beside").fetchall()
            seconds.append(time.perf_counter() - began)


def watched(act):
    """Return what readers met while `act` went on: seconds of each read, also of one beside; failures; mixed ones."""
    over, seconds, beside, failures, mixed = threading.Event(), [], [], [], []
    threads = [
        threading.Thread(target=read, args=(names, number < 2, over, seconds, failures, mixed))
        for number, names in enumerate(ORDERS)
    ]
    threads.append(threading.Thread(target=read_beside, args=(over, beside)))
    [thread.start() for thread in threads]
    act()
    over.set()
    [thread.join() for thread in threads]
    return seconds, beside, failures, mixed


@pytest.mark.bench
def test_readers_meet_no_failure_and_no_second_release_in_200_publishes(warehouse):
    toy_marts(warehouse)
    warehouse.execute(f"create table beside as select n from generate_series(1, {ROWS}) n")
    publish(warehouse)

    def publish_on():
        for version in range(2, PUBLISHES + 2):
            with warehouse.transaction():
                for (schema, name), _ in PUBLISHED.values():
                    warehouse.execute(f"update {schema}.{name} set version = {version}")
            publish(warehouse)

    alone, *_ = watched(lambda: time.sleep(5))
    seconds, beside, failures, mixed = watched(publish_on)
    began = time.perf_counter()
    rollback(warehouse)
    back = time.perf_counter() - began
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "warehouse", "rollback"], cwd=PROJECT, check=True, capture_output=True)
    command = time.perf_counter() - began
    print(
        f"\n{PUBLISHES} publishes of {len(PUBLISHED)} relations, {len(seconds):,} reads: {len(failures)} failed,"
        f" {len(mixed)} mixed, longest {max(seconds) * 1000:.0f} ms"
        f" ({max(seconds) / max(alone):.1f} times that of {len(alone):,} reads left alone, and"
        f" {max(beside) * 1000:.0f} ms of {len(beside):,} reads of a table that nobody publishes);"
        f" rollback {back * 1000:.0f} ms, as a command {command * 1000:.0f} ms"
    )
    assert not failures and not mixed
    assert len(seconds) >= 5_000
    assert max(seconds) <= LONGEST_SECONDS
    assert command <= 1
