"""The API beside a bare handler of the same framework that runs the same query by primary key; events sent in batches.

The client is a process of its own and speaks HTTP/1.1 over kept connections with as little work as Python allows.
"""

import asyncio
import json
import os
import subprocess
import sys
import time

import httpx
import pytest

from tests.api import world
from warehouse.connection import PROJECT
from warehouse.publish import publish

CUSTOMERS, PRODUCTS = 100_000, 10_000
ROUNDS, SECONDS, CONNECTIONS = 4, 4, 8
VISITS, CHANGED_SECONDS = 200, 0.2
LEAST_RATIO, P99_SECONDS, EVENTS_A_SECOND = 0.8, 0.025, 5_000
BARE = """
import sys, uvicorn
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from contextlib import asynccontextmanager
QUERY = "select * from serving.products where business = %s and product_id = %s"
@asynccontextmanager
async def lifespan(app):
    await pool.open(); yield; await pool.close()
from psycopg.rows import dict_row
pool = AsyncConnectionPool("", open=False, min_size=2, max_size=8,
    kwargs={"autocommit": True, "options": "-c role=api", "prepare_threshold": 0, "row_factory": dict_row})
app = FastAPI(lifespan=lifespan)
@app.get("/products/{product_id}")
async def product(product_id: str):
    async with pool.connection() as connection:
        cursor = await connection.execute(QUERY, ["shop", product_id])
        return await cursor.fetchone()
@app.get("/health")
async def health(): return {}
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False,
            log_level="warning")
"""


class Bare(world.Server):
    """The bare handler as a process."""

    command = [sys.executable, "-c", BARE]


class Asking(asyncio.Protocol):
    """A kept connection that asks one thing after another, at once or at its own pace."""

    def __init__(self, requests, pause):
        self.requests, self.pause, self.seconds, self.wrong = requests, pause, [], 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""
        self.ask()

    def ask(self):
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            self.done.set_result(None)
            return
        self.began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.wrong += not head.startswith(b"HTTP/1.1 200")
        self.seconds.append(time.perf_counter() - self.began)
        self.buffer = b""
        if self.pause:
            asyncio.get_running_loop().call_later(max(0, self.pause - self.seconds[-1]), self.ask)
        else:
            self.ask()


def get(port, key, seconds):
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        number = (number + 7919) % PRODUCTS
        head = f"GET /products/p{number} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n\r\n"
        yield head.encode()


def batches(port, key, seconds, name):
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        found = [
            {
                "type": "track",
                "messageId": f"{name}-{number}-{n}",
                "event": "Product Viewed",
                "anonymousId": f"a{n}",
                "timestamp": "2026-03-01T00:00:00Z",
                "context": {"page": {"path": f"/p/{n}"}, "userAgent": "Mozilla/5.0"},
                "properties": {"product_id": f"p{n}"},
            }
            for n in range(100)
        ]
        number += 1
        body = json.dumps({"batch": found}).encode()
        head = f"POST /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
        yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def asked(port, sources, pause=0):
    loop = asyncio.get_running_loop()
    found = [(await loop.create_connection(lambda s=s: Asking(s, pause), "127.0.0.1", port))[1] for s in sources]
    began = time.perf_counter()
    await asyncio.gather(*(one.done for one in found))
    seconds = sorted(second for one in found for second in one.seconds)
    took = time.perf_counter() - began
    return {
        "rate": len(seconds) / took,
        "p99": seconds[int(len(seconds) * 0.99)],
        "wrong": sum(one.wrong for one in found),
    }


def measured(kind, port, key, seconds, pause=0):
    """Ask out of a process of its own; return requests a second, the 99th percentile, and what was no success."""
    command = [sys.executable, __file__, kind, str(port), key, str(seconds), str(pause)]
    own = os.environ | {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, env=own, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def servers(module_warehouse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    world.create(module_warehouse)
    module_warehouse.execute(
        "insert into marts.products select 'shop', 'p' || n, 'Tea ' || n, 'B', 'C', n, 'CNY', 'u', true, true, null"
        f" from generate_series({world.PRODUCTS}, {PRODUCTS - 1}) n"
    )
    module_warehouse.execute(
        "insert into marts.customers select 'shop', 'c' || n, true, 'x', n, n, null"
        f" from generate_series({world.CUSTOMERS}, {CUSTOMERS - 1}) n"
    )
    publish(module_warehouse)
    key = world.keys(module_warehouse, per_minute=1_000_000_000)
    with world.served(folder) as api, world.served(folder, Bare) as bare:
        yield api, bare, key


@pytest.mark.bench
def test_the_api_answers_nearly_as_often_as_a_bare_handler(servers):
    api, bare, key = servers
    rates = {"api": [], "bare": []}
    for _ in range(ROUNDS):
        for name, server in (("api", api), ("bare", bare)):
            found = measured("get", server.port, key, SECONDS)
            assert not found["wrong"]
            rates[name].append(found["rate"])
    ratio = max(rates["api"]) / max(rates["bare"])
    half = measured("get", api.port, key, SECONDS, pause=CONNECTIONS / (max(rates["api"]) / 2))
    print(
        f"\nthe API answers {max(rates['api']):,.0f} requests/s beside {max(rates['bare']):,.0f} of a bare handler:"
        f" {ratio:.2f}; at {half['rate']:,.0f}/s p99 is {half['p99'] * 1000:.1f} ms"
    )
    assert ratio >= LEAST_RATIO
    assert half["p99"] <= P99_SECONDS


@pytest.mark.bench
def test_events_come_in_at_their_rate_and_all_are_stored(servers, module_warehouse):
    api, _, key = servers
    found = measured("post", api.port, key, SECONDS * 2)
    query = "select count(*) from raw.events where message_id like 'w%'"
    stored = module_warehouse.execute(query).fetchone()[0]
    print(
        f"\n{100 * found['rate']:,.0f} events/s in batches of 100, p99 {found['p99'] * 1000:.0f} ms, {stored:,} stored"
    )
    assert not found["wrong"]
    assert 100 * found["rate"] >= EVENTS_A_SECOND


@pytest.mark.bench
def test_an_event_changes_the_next_answer_at_once(servers):
    api, _, key = servers
    seconds = []
    with httpx.Client(base_url=api.url, headers={"Authorization": f"Bearer {key}"}) as client:
        for number in range(VISITS):
            viewed = {
                "type": "track",
                "event": "Product Viewed",
                "messageId": f"v{number}",
                "anonymousId": f"v{number}",
            }
            began = time.perf_counter()
            client.post("/events", json=viewed | {"properties": {"product_id": "p30"}})
            found = client.get("/recommendations/c2", params={"session": f"v{number}"}).json()
            seconds.append(time.perf_counter() - began)
            assert found["session_signals"] == 1 and "session" in {one["tier"] for one in found["products"]}
    print(f"\nfrom an event to an answer that takes it into account: {max(seconds) * 1000:.0f} ms at most of {VISITS}")
    assert max(seconds) <= CHANGED_SECONDS


if __name__ == "__main__":
    kind, port, key, seconds, pause = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), float(sys.argv[5])
    if kind == "get":
        sources = [get(port, key, seconds) for _ in range(CONNECTIONS)]
    else:
        sources = [batches(port, key, seconds, f"w{n}") for n in range(4)]
    print(json.dumps(asyncio.run(asked(port, sources, pause))))
