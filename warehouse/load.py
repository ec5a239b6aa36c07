"""Load a batch: rows, counts and cursor in one transaction; what is bad goes to quarantine, the rest goes in.

Each batch is exact: received = loaded + duplicate + quarantined. A batch loaded again changes nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import msgspec
import psycopg
from psycopg import sql

from warehouse import vault
from warehouse.check import Arrival, Problem, check, columns
from warehouse.raw import Record


class Counts(NamedTuple):
    """What became of the records of a batch."""

    received: int = 0
    loaded: int = 0
    duplicate: int = 0
    quarantined: int = 0

    def __add__(self, other):
        """Add up batches."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


class Prepared(NamedTuple):
    """A batch held against its contract: rows as `check.columns` and position, and the problems by position."""

    contract: type[Record]
    business: str
    arrivals: Sequence[Arrival]
    rows: list[list]
    problems: dict[int, Problem]
    text: str


def load(connection, contract: type[Record], arrivals: Sequence[Arrival], *, business: str, **origin) -> Counts:
    """Prepare one batch and store it; the keyword arguments are those of `store`."""
    return store(connection, prepare(contract, arrivals, business), **origin)


def prepare(contract: type[Record], arrivals: Sequence[Arrival], business: str) -> Prepared:
    """Check the records of a batch and write them as text for COPY; needs no database."""
    rows, problems = [], {}
    for position, arrival in enumerate(arrivals):
        checked = check(arrival, contract, business)
        if isinstance(checked, Problem):
            problems[position] = checked
        else:
            checked.append(position)
            rows.append(checked)
    return Prepared(contract, business, arrivals, rows, problems, _as_text(rows))


def store(
    connection: psycopg.Connection, batch: Prepared, *, source: str, run_id: str, cursor: dict | None = None
) -> Counts:
    """Store one batch and move the source's cursor with it, all or nothing.

    A known key with the same content is a duplicate; with other content it is a new version where the contract
    is `versioned`, else a conflict: the first stays, the second goes to quarantine.
    """
    started_at, contract, arrivals = datetime.now(UTC), batch.contract, batch.arrivals
    problems, statements = dict(batch.problems), _statements(batch.contract)
    with connection.transaction(), connection.cursor() as db:
        batch_id = db.execute("select nextval(pg_get_serial_sequence('raw.batches', 'batch_id'))").fetchone()[0]
        origin = {"business": batch.business, "source": source, "batch_id": batch_id}
        db.execute(statements.stage)
        _copy(connection, db, contract, batch.rows, batch.text, problems)
        loaded = db.execute(statements.insert, origin).fetchone()[0]
        if loaded + len(problems) < len(arrivals) and not contract.versioned:
            conflicts = db.execute(statements.conflicts, origin).fetchall()
            problems |= {row[0]: Problem("id_conflict", "another content came first") for row in conflicts}
        control = db.execute(statements.control).fetchone()[0] if contract.control else None
        _quarantine(db, contract, arrivals, problems, origin)
        duplicate = len(arrivals) - loaded - len(problems)
        counts = Counts(len(arrivals), loaded, duplicate, len(problems))
        if arrivals:
            ledger = origin | counts._asdict() | {"run_id": run_id, "table_name": contract.table}
            ledger |= {"control_total": control, "started_at": started_at, "finished_at": datetime.now(UTC)}
            db.execute(LEDGER, ledger)
        if cursor is not None:
            db.execute(CURSOR, {"source": source, "cursor": msgspec.json.encode(cursor).decode()})
    return counts


LEDGER = """
insert into raw.batches (batch_id, run_id, business, source, table_name, received, loaded, duplicate, quarantined,
                         control_total, started_at, finished_at)
values (%(batch_id)s, %(run_id)s, %(business)s, %(source)s, %(table_name)s, %(received)s, %(loaded)s,
        %(duplicate)s, %(quarantined)s, %(control_total)s, %(started_at)s, %(finished_at)s)
"""
CURSOR = """
insert into raw.cursors (source, cursor) values (%(source)s, %(cursor)s)
on conflict (source) do update set cursor = excluded.cursor, moved_at = now()
where cursors.cursor is distinct from excluded.cursor
"""
TO_QUARANTINE = """
insert into quarantine.records (business, source, table_name, batch_id, position, reason, detail, original,
                                original_index)
values (%(business)s, %(source)s, %(table_name)s, %(batch_id)s, %(position)s, %(reason)s, %(detail)s, %(original)s,
        %(original_index)s)
on conflict (business, source, table_name, original_index) do nothing
"""


class Statements(NamedTuple):
    """The SQL of one contract."""

    stage: sql.Composed
    copy: sql.Composed
    insert: sql.Composed
    conflicts: sql.Composed
    control: sql.Composed | None


@cache
def _statements(contract: type[Record]) -> Statements:
    """Compose the SQL of a contract: stage in a temporary table, insert what is new in the order of its key.

    The order keeps two loaders of the same keys from waiting for each other in a circle.
    """
    names = columns(contract)
    key = [*contract.key, "fingerprint"] if contract.versioned else list(contract.key)
    parts = {
        "staged": sql.Identifier("pg_temp", f"incoming_{contract.table}"),
        "stage_name": sql.Identifier(f"incoming_{contract.table}"),
        "table": sql.Identifier("raw", contract.table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, names)),
        "key": sql.SQL(", ").join(map(sql.Identifier, key)),
        "same_key": sql.SQL(" and ").join(
            sql.SQL("known.{0} = staged.{0}").format(sql.Identifier(name)) for name in contract.key
        ),
        "control": sql.SQL(contract.control or "null"),
        "on_conflict": sql.SQL("do nothing"),
    }
    if contract.seen:
        seen = sql.Identifier(contract.seen)
        parts["on_conflict"] = sql.SQL(
            "do update set {0} = excluded.{0} where {1}.{0} < excluded.{0} returning xmax = 0"
        ).format(seen, sql.Identifier(contract.table))
    texts = Statements(
        "create temporary table if not exists {stage_name} on commit delete rows as"
        " select {columns}, position from {table} with no data",
        "copy {staged} ({columns}, position) from stdin",
        "with first as (select distinct on ({key}) * from {staged} order by {key}, position),"
        " added as (insert into {table} (business, {columns}, source, batch_id, position)"
        " select %(business)s, {columns}, %(source)s, %(batch_id)s, position from first order by {key}"
        " on conflict (business, {key}) {on_conflict}) select count(*) from added",
        # One look into the index per row, whatever the planner thinks of a table without statistics.
        "select position from {staged} as staged where fingerprint <> (select known.fingerprint from {table} as known"
        " where known.business = %(business)s and {same_key})",
        "select {control} from {staged}",
    )
    if contract.seen:
        texts = texts._replace(insert=texts.insert.replace("count(*)", "count(*) filter (where is_new)"))
        parts["on_conflict"] += sql.SQL(" as is_new")
    else:
        parts["on_conflict"] += sql.SQL(" returning 1")
    return Statements(*(sql.SQL(text).format(**parts) for text in texts))


def _as_text(rows: list[list]) -> str:
    """Write rows as COPY's text format reads them; Python's csv module takes five times as long on JSON."""
    return "\n".join(map(_line, rows)) + "\n"


def _line(row: list) -> str:
    """Write one row; NUL, which no value holds, stands for our own backslashes until the others are escaped."""
    fields = [value if value.__class__ is str else _written(value) for value in row]
    line = "\t".join(fields)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(fields):
        line = "\t".join(map(_escaped, fields))
    return line.replace("\0N", r"\N").replace("\0x", r"\\x")


def _written(value) -> str:
    if value is None:
        return "\0N"
    return "\0x" + value.hex() if value.__class__ is bytes else str(value)


def _escaped(field: str) -> str:
    return field.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def _copy(connection, db, contract: type[Record], rows: list[list], text: str, problems: dict[int, Problem]) -> None:
    """COPY the rows to the temporary table; what PostgreSQL alone refuses is found by halving."""
    if not rows:
        return
    try:
        with connection.transaction(), db.copy(_statements(contract).copy) as copy:
            copy.write(text)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        if len(rows) == 1:
            problems[rows[0][-1]] = Problem("refused_by_database", type(error).__name__)
            return
        half = len(rows) // 2
        for part in (rows[:half], rows[half:]):
            _copy(connection, db, contract, part, _as_text(part), problems)


def _quarantine(db, contract: type[Record], arrivals: Sequence[Arrival], problems: dict, origin: dict) -> None:
    """Keep the original bytes, encrypted: a broken record can hold personal data too."""
    if not problems:
        return
    kept = []
    for position, problem in sorted(problems.items()):
        original = arrivals[position].original
        sealed = vault.encrypt(original, quarantine_place(origin["business"], origin["source"], contract.table))
        row = origin | problem._asdict() | {"table_name": contract.table, "position": position}
        kept.append(row | {"original": sealed, "original_index": vault.fingerprint(original)})
    db.executemany(TO_QUARANTINE, kept)


def quarantine_place(business: str, source: str, table: str) -> str:
    """Return the place that quarantined bytes are bound to."""
    return f"quarantine.{business}.{source}.{table}"


def cursor_of(connection: psycopg.Connection, source: str) -> dict | None:
    """Return how far a source was read, None where it never was."""
    row = connection.execute("select cursor from raw.cursors where source = %s", [source]).fetchone()
    return row and row[0]


def refresh_statistics(connection: psycopg.Connection, contract: type[Record]) -> None:
    """Tell the planner what a table holds now; autovacuum would come a minute after the transformation began."""
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", contract.table)))
