"""Publish a release: copy what readers may see, then let one row say that the views of `serving` show it.

dbt never owns what is read: readers keep a stable view while tables are rebuilt. Three releases are kept.
"""

import hashlib
import json
import time
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from warehouse import roles
from warehouse.checksum import content

PUBLISH_LOCK = 4_207_003
KEPT = 3
READERS_WAIT = "100ms"  # at most, for a view that learns of a release; it waits between its tries for who reads
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 120
# What readers see: view name → the table it is a copy of, and its key.
PUBLISHED = {
    "customers": (("marts", "customers"), ("business", "customer_id")),
    "products": (("marts", "products"), ("business", "product_id")),
    "orders": (("marts", "orders"), ("business", "order_id")),
    "sessions": (("marts", "sessions"), ("business", "session_id")),
    "rfm": (("marts", "rfm"), ("business", "customer_id")),
    "preferences": (("marts", "preferences"), ("business", "customer_id", "dimension", "value")),
    "customer_values": (("marts", "customer_values"), ("business", "customer_id")),
    "segments": (("marts", "segments"), ("business", "segment_id")),
    "segment_memberships": (
        ("marts", "segment_memberships"),
        ("business", "segment_id", "customer_id", "entered_at"),
    ),
    "audience_definitions": (("marts", "audience_definitions"), ("business", "audience_id")),
    "audience_memberships": (
        ("marts", "audience_memberships"),
        ("business", "audience_id", "customer_id", "entered_at"),
    ),
    "popular_products": (("marts", "popular_products"), ("business", "segment_id", "rank")),
    "segment_overlaps": (("marts", "segment_overlaps"), ("business", "segment_id", "other_segment_id")),
    "channel_performance": (("marts", "channel_performance"), ("business", "model", "channel", "currency")),
    "interests": (("marts", "interests"), ("business", "customer_id", "term")),
    "recommendations": (("ml", "recommendations"), ("business", "customer_id", "rank")),
    "discoveries": (("ml", "discoveries"), ("business", "customer_id", "rank")),
    "exclusions": (("ml", "exclusions"), ("business", "list", "customer_id", "product_id", "rule_id")),
    "similar_products": (("ml", "similar_products"), ("business", "product_id", "rank")),
    "bank_portraits": (("marts", "bank_portraits"), ("business", "customer_id")),
    "product_suitability": (("marts", "product_suitability"), ("business", "customer_id", "product_id")),
    "next_products": (("ml", "next_products"), ("business", "customer_id", "rank")),
    "campaign_verdicts": (("ml", "campaign_verdicts"), ("business", "campaign_id")),
    "campaign_balance": (("ml", "campaign_balance"), ("business", "campaign_id", "covariate")),
    "campaign_lift": (("ml", "campaign_lift"), ("business", "campaign_id", "arm", "segment", "outcome")),
    "campaign_funnel": (("marts", "campaign_funnel"), ("business", "campaign_id", "arm", "step")),
    "campaign_credits": (("marts", "campaign_credits"), ("business", "campaign_id", "model", "channel", "currency")),
    "channel_increments": (("ml", "channel_increments"), ("business", "channel", "outcome", "model")),
    "uplift_models": (("ml", "uplift_models"), ("business", "learner")),
    "uplift_scores": (("ml", "uplift_scores"), ("business", "customer_id")),
    "measures": (("ml", "measures"), ("business", "run_id", "model", "metric", "k")),
}


class PublishError(Exception):
    """Nothing was published; the message says why and what to do."""


def publish(connection: psycopg.Connection) -> tuple[int, bool]:
    """Publish what marts and ml hold now; return the current release and whether it is a new one.

    The connection is in autocommit: first the copies are made, all or none; then each view learns of them for itself;
    then one row says that they are current. A crash leaves readers with the old release. The same content is not
    published twice.
    """
    with _alone(connection):
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read")
            columns = {name: _columns(connection, *table) for name, (table, _) in PUBLISHED.items()}
            sums = {name: content(connection, *table, columns[name]) for name, (table, _) in PUBLISHED.items()}
            fingerprint = hashlib.sha256(json.dumps([columns, sums], sort_keys=True).encode()).hexdigest()[:16]
            current = connection.execute(
                "select release_id, fingerprint from serving.releases where is_current"
            ).fetchone()
            if current and current[1] == fingerprint:
                return current[0], False
            last = connection.execute("select coalesce(max(release_id), 0) from serving.releases").fetchone()[0]
            release = last + 1
            connection.execute(sql.SQL("create schema {}").format(_schema(release)))
            roles.open_schema(connection, f"release_{release}")
            for name, (table, key) in PUBLISHED.items():
                _copy(connection, release, name, table, columns[name], key)
            rows = json.dumps({name: count for name, (count, _) in sums.items()})
            connection.execute(
                "insert into serving.releases (release_id, fingerprint, is_current, rows) values (%s, %s, false, %s)",
                [release, fingerprint, rows],
            )
        kept, old = _kept_and_old(connection)
        for name in PUBLISHED:
            _show(connection, name, kept)
        _switch(connection, release)
        for number in old:
            _drop(connection, number)
    return release, True


def rollback(connection: psycopg.Connection, release: int | None = None) -> int:
    """Go to an older release that is still kept, the one before the current by default: one row changes."""
    with _alone(connection):
        rows = connection.execute("select release_id, is_current from serving.releases order by 1").fetchall()
        current = next((number for number, is_current in rows if is_current), None)
        older = [number for number, _ in rows if current is None or number < current]
        target = release or (older[-1] if older else None)
        if target not in [number for number, _ in rows]:
            kept = ", ".join(str(number) for number, _ in rows) or "none"
            raise PublishError(f"there is no release {target or 'before the current one'} to go back to; kept: {kept}")
        if current is None or target > current:  # a publish that was killed may have left views that do not know it
            for name in PUBLISHED:
                _show(connection, name, _kept_and_old(connection)[0])
        _switch(connection, target)
    return target


@contextmanager
def _alone(connection):
    """Let one publish or rollback after another work; a killed one lets go by itself."""
    connection.execute("select pg_advisory_lock(%s)", [PUBLISH_LOCK])
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock(%s)", [PUBLISH_LOCK])


def _schema(release: int) -> sql.Identifier:
    return sql.Identifier(f"release_{release}")


def _columns(connection, schema: str, name: str) -> dict[str, str]:
    """Return the columns of a table or view in their order, each with its type."""
    rows = connection.execute(
        "select attname::text, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum",
        [f"{schema}.{name}"],
    ).fetchall()
    if not rows and schema in ("marts", "ml"):
        command = "python -m warehouse migrate" if schema == "ml" else "dbt build --project-dir dbt --profiles-dir dbt"
        raise PublishError(f"nothing to publish: {schema}.{name} does not exist; run `{command}` first")
    return dict(rows)


def _copy(connection, release: int, name: str, table: tuple[str, str], columns, key) -> None:
    target = sql.Identifier(f"release_{release}", name)
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("create table {} as select {} from {}")
    connection.execute(statement.format(target, listed, sql.Identifier(*table)))
    keys = sql.SQL(", ").join(map(sql.Identifier, key))
    connection.execute(sql.SQL("alter table {} add primary key ({})").format(target, keys))
    roles.open_table(connection, f"release_{release}", name)
    connection.execute(sql.SQL("analyze {}").format(target))


def _kept_and_old(connection) -> tuple[list[int], list[int]]:
    """Return the releases that readers can be shown, the newest first, and those to drop."""
    rows = connection.execute("select release_id, is_current from serving.releases order by release_id desc").fetchall()
    kept = [number for place, (number, is_current) in enumerate(rows) if place < KEPT or is_current]
    return kept, [number for number, _ in rows if number not in kept]


def _show(connection, name: str, kept: list[int]) -> None:
    """Let a view of `serving` read its table of each kept release, where that is the current one.

    Which it is stands in one row: a statement, and a transaction in repeatable read, finds one release in all views.
    The views are replaced one by one, so that no reader of several waits for them in a circle. The executor opens the
    table of the current release alone.
    """
    columns = _columns(connection, f"release_{kept[0]}", name)
    having = [number for number in kept if _columns(connection, f"release_{number}", name)]  # old ones may not
    parts = sql.SQL(" union all ").join(_branch(connection, name, number, columns) for number in having)
    view = sql.Identifier("serving", name)
    is_same = _columns(connection, "serving", name) == columns | {"release_id": "bigint"}
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with connection.transaction():
                connection.execute("select set_config('lock_timeout', %s, true)", [READERS_WAIT])
                if not is_same:
                    connection.execute(sql.SQL("drop view if exists {}").format(view))
                statement = sql.SQL("create or replace view {} with (security_invoker = true) as {}")
                connection.execute(statement.format(view, parts))
                roles.open_view(connection, name)
            return
        except psycopg.errors.LockNotAvailable as error:
            if time.monotonic() > until:
                raise PublishError(
                    f"a reader of serving.{name} has not ended its transaction for {PATIENCE_SECONDS} s, the old"
                    " release stands: find it in pg_stat_activity (state idle in transaction), end it and try again"
                ) from error
        time.sleep(PAUSE_SECONDS)


def _branch(connection, name: str, release: int, columns: dict[str, str]) -> sql.Composed:
    """Return the query of one release; what its table does not have, or has otherwise, is null."""
    there = _columns(connection, f"release_{release}", name)
    listed = [
        sql.Identifier(column)
        if there.get(column) == kind
        else sql.SQL("null::{} as {}").format(sql.SQL(kind), sql.Identifier(column))
        for column, kind in columns.items()
    ]
    return sql.SQL("select {}, {} as release_id from {} where ({}) = {}").format(
        sql.SQL(", ").join(listed),
        sql.SQL("{}::bigint").format(sql.Literal(release)),
        sql.Identifier(f"release_{release}", name),
        sql.SQL("select release_id from serving.releases where is_current"),
        sql.Literal(release),
    )


def _switch(connection, release: int) -> None:
    connection.execute(
        "update serving.releases set is_current = (release_id = %s) where is_current <> (release_id = %s)",
        [release, release],
    )


def _drop(connection, release: int) -> None:
    """Drop a release that no view shows; what is still being read stays until the next time."""
    with suppress(psycopg.errors.LockNotAvailable), connection.transaction():
        connection.execute("select set_config('lock_timeout', %s, true)", [READERS_WAIT])
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(_schema(release)))
        connection.execute("delete from serving.releases where release_id = %s", [release])
