"""What a run found, into schema ml: one transaction per business, so that nobody sees half of it."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql

LISTED = ("business", "customer_id", "rank", "product_id", "score", "tier", "reason_code", "evidence", "run_id")
COLUMNS = {
    "product_terms": ("business", "product_id", "term", "weight"),
    "post_terms": ("business", "post_id", "term", "tag", "tf_idf", "text_rank", "weight"),
    "post_duplicates": ("business", "post_id", "first_post_id", "similarity"),
    "dictionaries": ("business", "version", "term_count"),
    "recommendations": LISTED,
    "discoveries": LISTED,
    "similar_products": ("business", "product_id", "rank", "similar_product_id", "score", "run_id"),
    "value_models": ("business", "parameters", "customers", "held_out_error", "naive_error"),
    "lifetime_values": (
        "business",
        "customer_id",
        "alive_probability",
        "expected_purchases",
        "churn_risk",
        "expected_purchase_value",
        "lifetime_value",
    ),
    "measures": ("business", "run_id", "model", "metric", "k", "value", "customers_judged"),
}
MEASURES = """
    select business, model, metric, k, value, customers_judged, runs.params ->> 'published_model'
    from ml.runs
    inner join ml.measures using (business, run_id)
    where runs.is_current
    order by business, metric like 'new%', metric desc, k, model
"""


@contextmanager
def alone(connection: psycopg.Connection, business: str) -> Iterator[None]:
    """Hold this business's lock; a second run waits, and a killed one lets go with its connection."""
    key = ["huaxiang ml", business]
    connection.execute("select pg_advisory_lock(hashtext(%s), hashtext(%s))", key)
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock(hashtext(%s), hashtext(%s))", key)


def is_current(connection: psycopg.Connection, business: str, run_id: str) -> bool:
    """Say whether the lists of this very run are the current ones."""
    query = "select 1 from ml.runs where business = %s and run_id = %s and is_current"
    return connection.execute(query, [business, run_id]).fetchone() is not None


def replace(connection: psycopg.Connection, table: str, business: str, rows: Iterable[tuple]) -> int:
    """Replace a business's rows of a table of COLUMNS by COPY; return how many there are now."""
    name, columns = sql.Identifier("ml", table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
    connection.execute(sql.SQL("delete from {} where business = %s").format(name), [business])
    count = 0
    with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(name, columns)) as copy:
        for row in rows:
            copy.write_row([business, *row])
            count += 1
    return count


def run(connection: psycopg.Connection, business: str, run_id: str, facts: dict) -> None:
    """Make this run the business's current one."""
    connection.execute("update ml.runs set is_current = false where business = %s", [business])
    connection.execute("delete from ml.runs where business = %s and run_id = %s", [business, run_id])
    connection.execute(
        """
        insert into ml.runs (
            business, run_id, data_fingerprint, params, cut_at, customers, products, interactions,
            is_current, started_at, finished_at
        ) values (
            %(business)s, %(run_id)s, %(data_fingerprint)s, %(params)s, %(cut_at)s, %(customers)s, %(products)s,
            %(interactions)s, true, %(started_at)s, clock_timestamp()
        )
        """,
        facts | {"business": business, "run_id": run_id, "params": json.dumps(facts["params"])},
    )


def measures(connection: psycopg.Connection, business: str, run_id: str, rows: Iterable[tuple]) -> None:
    """Write a run's measures beside those of earlier runs; its own earlier ones go."""
    connection.execute("delete from ml.measures where business = %s and run_id = %s", [business, run_id])
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS["measures"]))
    with connection.cursor().copy(sql.SQL("copy ml.measures ({}) from stdin").format(columns)) as copy:
        for row in rows:
            copy.write_row([business, run_id, *row])


def as_time(moment: int | None) -> datetime | None:
    """Return a snapshot's moment (microseconds since 2000-01-01 UTC) as a datetime."""
    return None if moment is None else datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
