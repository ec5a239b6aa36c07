"""The API's way to the database: a pool of connections with the rights of the role `api`, which only reads."""

import psycopg
from psycopg_pool import AsyncConnectionPool

from warehouse import connection

STATEMENT_MS = 2_000
CONNECTIONS = 8
WAIT_SECONDS = 3
TRIES = 3
OPTIONS = f"-c role=api -c statement_timeout={STATEMENT_MS} -c default_transaction_read_only=on -c lock_timeout=1s"


def pool() -> AsyncConnectionPool:
    """Return the pool, closed yet. A single statement reads a single release, so there are no transactions."""
    connection.adopt()
    # The planner's general plan does: every statement looks up a key or reads a bounded page.
    arguments = {"autocommit": True, "options": OPTIONS, "prepare_threshold": 0, "application_name": "huaxiang api"}
    return AsyncConnectionPool(
        "", kwargs=arguments, min_size=2, max_size=CONNECTIONS, timeout=WAIT_SECONDS, open=False, name="api"
    )


async def rows(
    pool: AsyncConnectionPool, statement, values=None, row_factory=None, prepare: bool | None = None
) -> list:
    """Return the rows of one statement; a connection that a restart of the server broke is replaced by another."""
    for left in reversed(range(TRIES)):
        try:
            async with pool.connection() as found:
                cursor = found.cursor(row_factory=row_factory or found.row_factory)
                await cursor.execute(statement, values, prepare=prepare)
                return await cursor.fetchall()
        except psycopg.errors.QueryCanceled:
            raise
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if not left:
                raise
    raise AssertionError  # the last try returns or raises


async def text(pool: AsyncConnectionPool, statement, values) -> str | None:
    """Return the one value of one statement: a JSON document that PostgreSQL wrote, or None."""
    found = await rows(pool, statement, values)
    return found[0][0] if found else None
