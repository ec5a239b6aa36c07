"""Whether there is anything to check: the tables that a layer's suites read."""

import psycopg

from warehouse.connection import connect

MIGRATE = "python -m warehouse migrate"
MAKER = {
    "raw": MIGRATE,
    "ml": MIGRATE,
    "quality": MIGRATE,
    "serving": MIGRATE,
    "marts": "dbt build --project-dir dbt --profiles-dir dbt --exclude tag:campaign",
}


class UnreadyError(Exception):
    """The database does not answer or a table is missing; the message says what to do."""


def require(tables: list[str]) -> None:
    """Raise UnreadyError unless all `schema.table` exist."""
    try:
        with connect() as connection:
            query = "select t from unnest(%s::text[]) as t where to_regclass(t) is null"
            missing = [table for (table,) in connection.execute(query, [tables])]
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise UnreadyError(f"the database does not answer: {reason}. Try `python -m warehouse start`.") from error
    if missing:
        makers = {MAKER[table.split(".")[0]] for table in missing}
        commands = " and ".join(f"`{maker}`" for maker in sorted(makers))
        raise UnreadyError(f"{', '.join(missing)}: there is no such table; run {commands} first")
