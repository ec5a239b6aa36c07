"""A small published world, and the API as a process of its own on a free port of loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import product

import httpx

from ml import writing
from warehouse import access
from warehouse.connection import PROJECT
from warehouse.publish import PUBLISHED, publish

COLUMNS = {
    "customers": "may_personalise boolean, city text, order_count bigint, revenue numeric, last_order_at timestamptz",
    "products": "name text, brand text, category text, price numeric, currency text, url text,"
    " is_available boolean, is_recommendable boolean, attributes jsonb",
    "segments": "name text, description text, rules text, size bigint",
    "segment_memberships": "left_at timestamptz",
    "audience_memberships": "left_at timestamptz",
    "audience_definitions": "version text, name text, description text, definition jsonb, size bigint",
    "preferences": "weight numeric, share double precision, rank bigint",
    "interests": "rank bigint, weight numeric, sign_count bigint, last_at timestamptz",
    "rfm": "recency_days integer, monetary numeric",
    "popular_products": "product_id text",
    "product_suitability": "is_suitable boolean",
    "campaign_funnel": "channel text, number integer, customers bigint, times bigint",
    "campaign_credits": "conversions numeric, revenue numeric",
    "channel_performance": "conversions numeric, revenue numeric, cost numeric",
}
KINDS = {"rank": "integer", "entered_at": "timestamptz"}
CUSTOMERS, PRODUCTS = 300, 40
# What stands of each arm, segment and outcome between its name and its channel: see ml/writing.py.
LIFT = (100, 100, 0.3, 0.2, 0.1, 0.02, 0.18, 0.5, 0.01, 0.03, 0.02, 0.09, 0.03, 0.15, 0.4, -0.05, 0.25, 0.1, 4321.0)
LIFT += (10.0, 2.0, 18.0)
LISTED = "'hybrid', 'similar_to', '{}', 'run'"


def create(connection):
    """Make the marts of two businesses: shop has customers c0 …, products p0 …; other has a customer and a product."""
    for (schema, name), key in PUBLISHED.values():
        if schema != "marts":
            continue
        columns = ", ".join(f"{column} {KINDS.get(column, 'text')} not null" for column in key)
        more = f", {COLUMNS[name]}" if name in COLUMNS else ""
        connection.execute(f"create table marts.{name} ({columns}{more})")
    run = connection.execute
    run(
        "insert into marts.customers select 'shop', 'c' || n, n <> 7, case when n % 3 > 0 then '城市' || n % 5 end,"
        " n, n * 1.5, case when n % 2 = 0 then timestamptz '2026-03-01Z' + n * interval '1 hour' end"
        f" from generate_series(0, {CUSTOMERS - 1}) n union all select 'other', 'secret', true, 'Atlantis', 1, 1, null"
    )
    run(
        "insert into marts.products select 'shop', 'p' || n, 'Green tea ' || n || case when n % 2 = 0 then"
        " ' 龙井茶' else '' end, 'Brand ' || n % 3, 'Tea > Green', n + 0.99, 'CNY', 'https://shop.example/' || n,"
        " true, n <> 5, '{\"size\": 1}'::jsonb "
        f"from generate_series(0, {PRODUCTS - 1}) n union all"
        " select 'other', 'hidden', 'Green secret', 'B', 'C', 1, 'EUR', 'u', true, true, null"
    )
    run("insert into marts.segments values ('shop', 'all', 'All', 'everyone', 'x > 1', 300)")
    run(
        "insert into marts.segment_memberships select 'shop', 'all', customer_id, '2026-03-01Z', null"
        " from marts.customers where business = 'shop'"
    )
    for business, definition in (("shop", '{"any": []}'), ("other", '{"any": ["hidden"]}')):
        row = [business, "tea", "v1", "Tea", "who drinks tea", definition, 200]
        connection.execute("insert into marts.audience_definitions values (%s, %s, %s, %s, %s, %s, %s)", row)
    run(
        "insert into marts.audience_memberships select business, 'tea', customer_id, '2026-03-01Z',"
        " case when customer_id in ('c1', 'c2') then timestamptz '2026-03-02Z' end from marts.customers"
    )
    run("insert into marts.popular_products select 'shop', '*', n + 1, 'p' || n from generate_series(0, 9) n")
    run("insert into marts.preferences values ('shop', 'c1', 'category', 'tea', 3, 1, 1)")
    run("insert into marts.interests values ('shop', 'c1', '普洱茶', 1, 2, 3, '2026-03-01Z')")
    run("insert into marts.rfm values ('shop', 'c1', 3, 10)")
    for name in ("recommendations", "discoveries"):
        run(
            f"insert into ml.{name} select 'shop', 'c' || c, n, 'p' || (n + 10), 1.0 / n, {LISTED}"
            " from generate_series(1, 7) c, generate_series(1, 10) n"
        )
    run(
        "insert into ml.similar_products select 'shop', 'p' || p, n, 'p' || (p + n) % 40, 1.0 / n, 'run'"
        " from generate_series(0, 39) p, generate_series(1, 10) n"
    )
    run("insert into ml.exclusions values ('shop', 'recommendations', 'c3', 'p31', 'given_back', 2, 'run')")
    for business in ("shop", "other"):
        judge(connection, business)
    publish(connection)


def judge(connection, business):
    """Write the results of one campaign of two arms, as `python -m ml lift` and the marts would."""
    rows = {
        "campaign_verdicts": [("spring", "Email", "comparable", f"drawn by {business}", 200, 100, 0, 0.33, 0.33, 0.9)],
        "campaign_balance": [("spring", "orders_before", 1.0, 1.1, -0.05, 0.7)],
        "campaign_lift": [
            ("spring", arm, segment, outcome, *LIFT, "Email", True)
            for arm, segment, outcome in product(("A", "B"), ("all", "gold"), ("orders", "revenue"))
        ],
        "channel_increments": [("Email", "orders", "last", 12.0, 10.0, 2.0, 18.0)],
    }
    for table, of_table in rows.items():
        writing.replace(connection, table, business, of_table)
    steps = [("A", "member", 1, 100), ("A", "click", 6, None), ("hold_out", "member", 1, 100)]
    for arm, step, number, customers in steps:
        row = [business, "spring", arm, step, "Email", number, customers, customers]
        connection.execute("insert into marts.campaign_funnel values (%s, %s, %s, %s, %s, %s, %s, %s)", row)
    for model in ("first", "last"):
        row = [business, "spring", model, "Email", "CNY", 60.5, 900]
        connection.execute("insert into marts.campaign_credits values (%s, %s, %s, %s, %s, %s, %s)", row)
        row = [business, model, "Email", "CNY", 60.5, 900, 100]
        connection.execute("insert into marts.channel_performance values (%s, %s, %s, %s, %s, %s, %s)", row)


def keys(connection, per_minute=1_000_000):
    """Return a key that may all."""
    return access.create(connection, "test", "shop", [*access.SCOPES], per_minute)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The API's process, which can be killed and started again."""

    command = [sys.executable, "-m", "warehouse", "api", "--port"]

    def __init__(self, log):
        self.port, self.log, self.process = free_port(), log, None
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        command = [*self.command, str(self.port)]
        own = os.environ | {"HUAXIANG_LINK_HOSTS": "shop.example"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=own, stdout=log, stderr=log)
        while True:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/health").status_code in (200, 503):
                    return self
            except httpx.TransportError:
                time.sleep(0.05)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=30) in (0, -signal.SIGTERM)


@contextmanager
def served(folder, kind=Server):
    server = kind(folder / f"{kind.__name__}.log").start()
    try:
        yield server
    finally:
        server.stop()
