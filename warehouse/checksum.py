"""One number per table over its content, whatever the order of its rows; load stamps stand aside."""

import psycopg
from psycopg import sql

SCHEMAS = ("raw", "quarantine", "seeds", "intermediate", "marts", "ml", "serving")
# Journals say what runs did and grow with each; cursors say how far. Neither is content.
JOURNALS = {("raw", "batches"), ("raw", "cursors"), ("raw", "removals"), ("raw", "erasures"), ("serving", "releases")}
JOURNALS |= {("serving", name) for name in ("intake", "quarantined", "gate_results")}
# When a row was loaded or seen, by which batch, and the random nonce in what is encrypted.
STAMPS = {
    *(
        "loaded_at",
        "batch_id",
        "position",
        "last_seen_at",
        "first_seen_at",
        "catalogue_seen_at",
        "moved_at",
        "replayed_at",
        "record_id",
    ),
    *("started_at", "finished_at", "original", "release_id", "dbt_loaded_at"),
    "version_id",  # of a product holds the moment when it was first seen
}


def table_checksums(connection: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Return (rows, checksum) of every table of the warehouse and view of `serving`, by `schema.name`."""
    rows = connection.execute(
        "select table_schema, table_name, array_agg(column_name::text order by column_name)"
        " from information_schema.columns where table_schema = any(%s) group by 1, 2 order by 1, 2",
        [list(SCHEMAS)],
    ).fetchall()
    return {
        f"{schema}.{name}": content(connection, schema, name, [column for column in columns if not is_stamp(column)])
        for schema, name, columns in rows
        if (schema, name) not in JOURNALS
    }


def is_stamp(column: str) -> bool:
    """Say whether a column tells when or how a row came, not what it says."""
    return column in STAMPS or column.endswith("_encrypted")


def content(connection: psycopg.Connection, schema: str, name: str, columns: list[str]) -> tuple[int, int]:
    """Return (rows, checksum) over some columns of a table; the sum of row hashes does not know an order."""
    statement = sql.SQL(
        "select count(*), coalesce(sum(hashtextextended(row({columns})::text, 0)::numeric), 0) % 1000000000000"
        " from {table}"
    ).format(columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier(schema, name))
    rows, total = connection.execute(statement).fetchone()
    return rows, int(total)
