"""A small warehouse by hand: rows of raw for two businesses, and dbt as the chain runs it."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

from psycopg import sql
from psycopg.types.json import Jsonb

from warehouse.connection import PROJECT

place = itertools.count()
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Firefox/140.0"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def dbt(folder, *arguments):
    """Run dbt on the project; target and logs go below `folder`."""
    command = [str(Path(sys.executable).with_name("dbt")), *arguments, "--project-dir", "dbt", "--profiles-dir", "dbt"]
    environment = os.environ | {"DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)


def insert(connection, table, **values):
    """Insert one row; what every raw row has besides is filled in."""
    if table.startswith("raw.") and table != "raw.batches":
        at = next(place)
        filled = {"business": "shop", "source": "by_hand", "batch_id": 1, "position": at}
        values = filled | {"fingerprint": at.to_bytes(4, "big"), "loaded_at": "2026-04-01T00:00Z"} | values
    values = {name: Jsonb(value) if isinstance(value, dict) else value for name, value in values.items()}
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(values)),
    )
    connection.execute(statement, list(values.values()))


def product(connection, product_id, price=10, **values):
    row = {"name": f"Tea {product_id}", "price": price, "currency": "CNY", "availability": "InStock"}
    values = {"last_seen_at": "2026-03-30T00:00Z"} | values
    values = {"first_seen_at": values["last_seen_at"], "page_id": product_id} | values
    insert(connection, "raw.products", product_id=product_id, **row | values)


def customer(connection, customer_id, **values):
    row = {"consents": {"email": True, "personalisation": True}, "registered_at": "2026-03-01T00:00Z"}
    insert(connection, "raw.customers", customer_id=customer_id, **row | values)


def event(connection, message_id, name, *, agent=PERSON, **values):
    row = {"type": "track", "occurred_at": "2026-03-20T10:00Z", "received_at": "2026-03-20T10:00:03Z"}
    insert(connection, "raw.events", message_id=message_id, event=name, context={"userAgent": agent}, **row | values)


def line(connection, order_id, line_id, product_id, quantity=1, unit_price=10, **values):
    row = {"customer_id": "c1", "currency": "CNY", "ordered_at": "2026-03-25T10:00Z", "status": "completed"}
    row |= {"quantity": quantity, "unit_price": unit_price, "product_id": product_id}
    insert(connection, "raw.orders", order_id=order_id, line_id=line_id, **row | values)


def fill(connection):
    """A shop with a catalogue, visitors, orders and mail; and a business that knows order lines only."""
    for number in range(1, 13):
        product(connection, f"T{number}", price=10 * number)
    product(connection, "T1", price=9, name="Old tea", last_seen_at="2026-03-02T00:00Z")
    product(connection, "T12", availability="OutOfStock", last_seen_at="2026-03-31T00:00Z")
    for number in range(1, 5):
        customer(connection, f"c{number}", updated_at="2026-03-02T00:00Z", email_index=bytes([number]))
    refusal = {"consents": {"email": True, "personalisation": False}, "updated_at": "2026-03-05T00:00Z"}
    customer(connection, "c4", email_index=bytes([4]), **refusal)

    view = {"properties": {"product_id": "T1"}}
    event(connection, "m1", "Product Viewed", anonymous_id="own", **view)
    event(connection, "m2", None, type="identify", anonymous_id="own", user_id="c1")
    event(connection, "m3", None, type="identify", anonymous_id="shared", user_id="c1")
    event(connection, "m4", None, type="identify", anonymous_id="shared", user_id="c2")
    event(connection, "m5", "Product Viewed", anonymous_id="shared", **view)
    event(connection, "m6", "add_to_cart", user_id="c2", properties={"items": [{"item_id": "T2"}, {"item_id": "T3"}]})
    event(connection, "m7", "Product Viewed", agent=BOT, user_id="c2", **view)
    event(connection, "m8", "Product Viewed", user_id="c3", occurred_at="2031-01-01T00:00Z", **view)
    event(connection, "m9", "Order Completed", user_id="c1", properties={"products": [{"product_id": "T1"}]})
    event(connection, "m10", "Product Viewed", user_id="only_seen", properties={"sku": "not_in_catalogue"})

    line(connection, "o1", "1", "T1", quantity=2)
    line(connection, "o1", "2", "T2", unit_price=20)
    line(connection, "o2", "1", "T3", customer_id=None)
    line(connection, "o3", "1", "T3", customer_id="c2", status="cancelled")
    line(connection, "o4", "1", "T1", customer_id="c3", quantity=-1)
    line(connection, "o5", "1", "T4", customer_id="c3", status="refunded")
    line(connection, "o6", "1", "T5", customer_id="c4", unit_price=0)
    line(connection, "o6", "2", "T6", customer_id="c4")
    line(connection, "o7", "1", "T6", customer_id="c3")

    mail = {"campaign_id": "spring", "occurred_at": "2026-03-26T00:00Z"}
    insert(connection, "raw.email_events", event_id="e1", event="Unsubscribed", email_index=bytes([3]), **mail)
    insert(connection, "raw.posts", post_id="p1", content="Lovely tea", posted_at="2026-03-26T00:00Z")

    gifts = {"business": "online_retail", "currency": "GBP", "country": "France"}
    for number in range(1, 41):
        when = {"ordered_at": f"2011-12-0{number % 9 + 1}T10:00Z", "customer_id": f"g{number}"}
        line(connection, f"5{number:05}", "1", "85123A", product_name="WHITE LANTERN", **gifts | when)
        line(connection, f"5{number:05}", "2", "POST", product_name="POSTAGE", **gifts | when)
    line(connection, "C50001", "1", "85123A", quantity=-1, status="cancelled", **gifts | when)
    line(connection, "500999", "1", "71053", product_name="METAL LANTERN", **gifts | when)


def recommend(connection):
    """Write a list for every customer of the marts, as the recommender would."""
    connection.execute(
        "insert into ml.recommendations"
        " select c.business, c.customer_id, row_number() over w, p.product_id,"
        "        1.0 / row_number() over w, 'warm', 'popular', '{}', 'run-' || c.business"
        " from marts.customers c join marts.products p on p.business = c.business and p.is_recommendable"
        " window w as (partition by c.business, c.customer_id order by p.product_id)"
    )
    connection.execute("delete from ml.recommendations where rank > 10")


def batch(connection, source="by_hand", received=100, quarantined=0, run_id="run", forgotten=0):
    """Write a line of the ledger."""
    counts = {"received": received, "loaded": received - quarantined, "duplicate": 0, "quarantined": quarantined}
    counts["forgotten"] = forgotten
    when = {"started_at": "2026-04-01T00:00Z", "finished_at": "2026-04-01T00:00Z"}
    origin = {"run_id": run_id, "business": "shop", "source": source, "table_name": "events"}
    insert(connection, "raw.batches", **origin | counts | when)


def crawl_run(connection, run_id, coverage, requests=10, errors=0, started_at="2026-04-01T00:00Z"):
    """Write how a run over a site went."""
    counts = {"received": 100, "loaded": 100, "duplicate": 0, "quarantined": 0, "requests": requests, "errors": errors}
    origin = {"source": "by_hand", "run_id": run_id, "business": "shop", "table_name": "products", "status": "finished"}
    when = {"started_at": started_at, "finished_at": started_at, "responses": {}, "coverage": coverage}
    insert(connection, "crawl.runs", **origin | counts | when)


def measure(connection):
    """Write a current run of each business with a measure of each model."""
    for business in ("shop", "online_retail"):
        run_id, when = f"run-{business}", "2026-04-01T00:00Z"
        counts = {"customers": 1, "products": 1, "interactions": 1, "params": {}, "data_fingerprint": "f"}
        times = {"cut_at": when, "started_at": when, "finished_at": when, "is_current": True}
        insert(connection, "ml.runs", business=business, run_id=run_id, **counts | times)
        for model in ("lightfm", "popular", "own_frequency"):
            for metric in ("recall", "ndcg", "map", "hit_rate"):
                row = {"model": model, "metric": metric, "k": 10, "value": 0.5, "customers_judged": 9}
                insert(connection, "ml.measures", business=business, run_id=run_id, **row)
