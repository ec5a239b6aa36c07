"""Publish a release: copy what readers may see, then repoint the views of `serving` in one transaction.

dbt never owns what is read: readers keep a stable view while tables are rebuilt. Three releases are kept.
"""

import hashlib
import json

import psycopg
from psycopg import sql

from warehouse import roles
from warehouse.checksum import content

PUBLISH_LOCK = 4_207_003
KEPT = 3
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
    "segment_overlaps": (("marts", "segment_overlaps"), ("business", "segment_id", "other_segment_id")),
    "interests": (("marts", "interests"), ("business", "customer_id", "term")),
    "recommendations": (("ml", "recommendations"), ("business", "customer_id", "rank")),
    "discoveries": (("ml", "discoveries"), ("business", "customer_id", "rank")),
    "similar_products": (("ml", "similar_products"), ("business", "product_id", "rank")),
    "bank_portraits": (("marts", "bank_portraits"), ("business", "customer_id")),
    "product_suitability": (("marts", "product_suitability"), ("business", "customer_id", "product_id")),
    "measures": (("ml", "measures"), ("business", "run_id", "model", "metric", "k")),
}


class PublishError(Exception):
    """Nothing was published; the message says why and what to do."""


def publish(connection: psycopg.Connection) -> tuple[int, bool]:
    """Publish what marts and ml hold now; return the current release and whether it is a new one.

    All in one transaction: a crash leaves the old release as it was. The same content is not published twice.
    """
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        connection.execute("select pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])
        columns = {name: _columns(connection, *table) for name, (table, _) in PUBLISHED.items()}
        sums = {name: content(connection, *table, columns[name]) for name, (table, _) in PUBLISHED.items()}
        fingerprint = hashlib.sha256(json.dumps([columns, sums], sort_keys=True).encode()).hexdigest()[:16]
        current = connection.execute("select release_id, fingerprint from serving.releases where is_current").fetchone()
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
        _repoint(connection, release)
    _drop_old(connection)
    return release, True


def rollback(connection: psycopg.Connection, release: int | None = None) -> int:
    """Repoint the views to an older release that is still kept, the one before the current by default."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])
        rows = connection.execute("select release_id, is_current from serving.releases order by 1").fetchall()
        current = next((number for number, is_current in rows if is_current), None)
        older = [number for number, _ in rows if current is None or number < current]
        target = release or (older[-1] if older else None)
        if target not in [number for number, _ in rows]:
            kept = ", ".join(str(number) for number, _ in rows) or "none"
            raise PublishError(f"there is no release {target or 'before the current one'} to go back to; kept: {kept}")
        _repoint(connection, target)
    return target


def _schema(release: int) -> sql.Identifier:
    return sql.Identifier(f"release_{release}")


def _columns(connection, schema: str, name: str) -> list[str]:
    rows = connection.execute(
        "select column_name::text from information_schema.columns where table_schema = %s and table_name = %s"
        " order by ordinal_position",
        [schema, name],
    ).fetchall()
    if not rows:
        command = (
            "dbt build --project-dir dbt --profiles-dir dbt" if schema == "marts" else "python -m warehouse migrate"
        )
        raise PublishError(f"nothing to publish: {schema}.{name} does not exist; run `{command}` first")
    return [name for (name,) in rows]


def _copy(connection, release: int, name: str, table: tuple[str, str], columns: list[str], key) -> None:
    target = sql.Identifier(f"release_{release}", name)
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("create table {} as select {} from {}")
    connection.execute(statement.format(target, listed, sql.Identifier(*table)))
    keys = sql.SQL(", ").join(map(sql.Identifier, key))
    connection.execute(sql.SQL("alter table {} add primary key ({})").format(target, keys))
    roles.open_table(connection, f"release_{release}", name)
    connection.execute(sql.SQL("analyze {}").format(target))


def _repoint(connection, release: int) -> None:
    """Let each view of `serving` read the tables of one release; the views keep their name and their readers."""
    for name in PUBLISHED:
        listed = sql.SQL(", ").join(map(sql.Identifier, _columns(connection, f"release_{release}", name)))
        parts = {
            "view": sql.Identifier("serving", name),
            "columns": listed,
            "release": sql.Literal(release),
            "table": sql.Identifier(f"release_{release}", name),
        }
        same = _columns_of_view(connection, name) == [*_columns(connection, f"release_{release}", name), "release_id"]
        if not same:
            connection.execute(sql.SQL("drop view if exists {view}").format(**parts))
        connection.execute(
            sql.SQL(
                "create or replace view {view} with (security_invoker = true) as"
                " select {columns}, {release}::bigint as release_id from {table}"
            ).format(**parts)
        )
        roles.open_view(connection, name)
    connection.execute("update serving.releases set is_current = (release_id = %s)", [release])


def _columns_of_view(connection, name: str) -> list[str]:
    try:
        return _columns(connection, "serving", name)
    except PublishError:
        return []


def _drop_old(connection) -> None:
    """Drop all but the newest releases and the current one."""
    rows = connection.execute(
        "select release_id from serving.releases where not is_current order by release_id desc offset %s", [KEPT - 1]
    ).fetchall()
    for (release,) in rows:
        with connection.transaction():
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(_schema(release)))
            connection.execute("delete from serving.releases where release_id = %s", [release])
