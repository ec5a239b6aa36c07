"""Acknowledged is stored, whoever is killed when: the API, or PostgreSQL below it."""

import os
import random
import signal
import threading
import time

import httpx
import psycopg
import pytest

from tests.api import world
from warehouse import embedded

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]
KILLS = 6


class Sender(threading.Thread):
    """Sends batches until told to stop, each again until it is acknowledged; remembers what was."""

    def __init__(self, name, server, key):
        super().__init__()
        self.name, self.server, self.is_over, self.acknowledged, self.surprises = name, server, False, [], []
        self.headers = {"Authorization": f"Bearer {key}"}

    def run(self):
        number = 0
        while not self.is_over:
            ids = [f"{self.name}-{number}-{n}" for n in range(50)]
            batch = {"batch": [{"type": "page", "messageId": one, "anonymousId": "a"} for one in ids]}
            while not self.is_over:
                try:
                    found = httpx.post(f"{self.server.url}/events", json=batch, headers=self.headers, timeout=20)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if found.status_code == 200:
                    self.surprises += found.json()["rejected"]
                    self.acknowledged += ids
                    break
                if found.status_code not in (401, 503):
                    self.surprises.append(found.text)
                time.sleep(0.05)
            number += 1


def sent_while(act, server, key):
    """Return the ids that were acknowledged while `act` went on."""
    senders = [Sender(f"s{number}-{server.port}", server, key) for number in range(3)]
    [sender.start() for sender in senders]
    for _ in range(KILLS):
        time.sleep(random.Random(7).uniform(0.5, 1.5))
        act()
    time.sleep(1)
    for sender in senders:
        sender.is_over = True
    [sender.join() for sender in senders]
    assert [one for sender in senders for one in sender.surprises] == []
    return [one for sender in senders for one in sender.acknowledged]


def lost_and_doubled(connection, ids):
    """Return how many ids are in no row, and how many rows there are beyond one for each id."""
    query = "select count(distinct message_id), count(*) - count(distinct message_id) from raw.events"
    there, doubled = connection.execute(f"{query} where message_id = any(%s)", [ids]).fetchone()
    return len(set(ids)) - there, doubled


def test_what_was_acknowledged_is_stored_though_the_api_is_killed(module_warehouse, tmp_path):
    key = world.keys(module_warehouse)
    with world.served(tmp_path) as server:

        def kill():
            server.kill()
            server.start()

        ids = sent_while(kill, server, key)
    print(f"{KILLS} kills of the API: {len(ids):,} events acknowledged")
    assert len(ids) > 1_000
    assert lost_and_doubled(module_warehouse, ids) == (0, 0)


def test_what_was_acknowledged_is_stored_though_postgresql_is_killed(module_warehouse, tmp_path, monkeypatch):
    monkeypatch.setenv("HUAXIANG_PGPORT", os.environ["PGPORT"])  # it comes back where it was
    key = world.keys(module_warehouse)
    pid_file = embedded.home() / "postgres" / "data" / "postmaster.pid"
    with world.served(tmp_path) as api:

        def kill():
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
            embedded.start()

        ids = sent_while(kill, api, key)
        until = time.monotonic() + 20
        while httpx.get(f"{api.url}/health", timeout=20).status_code != 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert httpx.get(f"{api.url}/health").status_code == 200
    print(f"{KILLS} kills of PostgreSQL: {len(ids):,} events acknowledged")
    assert len(ids) > 500
    with psycopg.connect("", autocommit=True) as connection:
        assert lost_and_doubled(connection, ids) == (0, 0)
