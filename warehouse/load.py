"""Load a batch: rows, counts and cursor in one transaction; what is bad goes to quarantine, the rest goes in.

Each batch is exact: received = loaded + duplicate + quarantined. A batch loaded again changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

import msgspec
import psycopg
from psycopg import sql

from warehouse import erased, vault
from warehouse.check import Arrival, Problem, check
from warehouse.raw import Record
from warehouse.rows import FORGOTTEN, columns, lines, subject_of, types


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
    """A batch held against its contract: its good records as lines for COPY, the problems by position.

    `arrivals` returns all its records as they came; asked only where some go to quarantine.
    """

    contract: type[Record]
    business: str
    received: int
    text: bytes
    problems: dict[int, Problem]
    arrivals: Callable[[], Sequence[Arrival]]
    in_quarantine: int = 0  # of what was loaded before as it is, the records that stand there already


def load(connection, contract: type[Record], arrivals: Sequence[Arrival], *, business: str, **origin) -> Counts:
    """Prepare one batch and store it; the keyword arguments are those of `store`."""
    return store(connection, prepare(contract, arrivals, business), **origin)


def prepare(contract: type[Record], arrivals: Sequence[Arrival], business: str) -> Prepared:
    """Check the records of a batch and write them as text for COPY; of the database it needs people's keys alone."""
    checked, problems = [], {}
    for position, (_, record, _) in enumerate(arrivals):
        found = record if record.__class__ is Problem else check(record, contract)
        if found.__class__ is Problem:
            problems[position] = found
        else:
            checked.append((position, found, record.get("extra")))
    written, unwritable = lines(contract, business, checked)
    problems |= unwritable
    if contract.person and problems and (forgotten := erased.subjects()):
        problems |= {at: FORGOTTEN for at in problems if _is_of_any(arrivals[at].record, contract, business, forgotten)}
    return Prepared(contract, business, len(arrivals), b"".join(written), problems, lambda: arrivals)


def _is_of_any(record, contract: type[Record], business: str, people: set[bytes]) -> bool:
    """Say whether a record that cannot be loaded names one of these people all the same."""
    return record.__class__ is dict and subject_of(contract, business, record.get) in people


def store(
    connection: psycopg.Connection,
    batch: Prepared,
    *,
    source: str,
    run_id: str,
    cursor: dict | None = None,
    content_hash: bytes | None = None,
    is_replay: bool = False,
    also: Callable[[psycopg.Connection, dict[int, Problem]], None] | None = None,
) -> Counts:
    """Store one batch and move the source's cursor with it, all or nothing.

    `also` happens in the same transaction; it is told the problems by position.

    A known key with the same content is a duplicate; with other content it is a new version where the contract
    is `versioned`, else a conflict: the first stays, the second goes to quarantine.
    """
    started_at, contract, received = datetime.now(UTC), batch.contract, batch.received
    problems, statements = dict(batch.problems), _statements(batch.contract)
    with connection.transaction(), connection.cursor() as db:
        batch_id = db.execute("select nextval(pg_get_serial_sequence('raw.batches', 'batch_id'))").fetchone()[0]
        origin = {"business": batch.business, "source": source, "batch_id": batch_id}
        db.execute(statements.stage)
        if contract.seen:  # whether a version is new depends on the one before: one loader after another
            db.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", [VERSIONS_LOCK, batch.business])
        _copy(connection, db, contract, batch.text, problems)
        loaded = db.execute(statements.insert, origin).fetchone()[0]
        if batch.text and loaded + len(problems) < received and not contract.versioned:
            conflicts = db.execute(statements.conflicts, origin).fetchall()
            problems |= {row[0]: Problem("id_conflict", "another content came first") for row in conflicts}
        control = db.execute(statements.control).fetchone()[0] if contract.control else None
        if problems:
            _quarantine(db, contract, batch.arrivals(), problems, origin)
        quarantined = len(problems) + batch.in_quarantine
        counts = Counts(received, loaded, received - loaded - quarantined, quarantined)
        if received:
            ledger = origin | counts._asdict() | {"run_id": run_id, "table_name": contract.table}
            ledger |= {"control_total": control, "started_at": started_at, "finished_at": datetime.now(UTC)}
            forgotten = sum(problem.reason == erased.REASON for problem in problems.values())
            ledger |= {"content_hash": content_hash, "is_replay": is_replay, "forgotten": forgotten}
            ledger["is_known"] = batch.in_quarantine > 0
            db.execute(LEDGER, ledger)
        if cursor is not None:
            db.execute(CURSOR, {"source": source, "cursor": msgspec.json.encode(cursor).decode()})
        if also:
            also(connection, problems)
    return counts


VERSIONS_LOCK = 4_207_004
LEDGER = """
insert into raw.batches (batch_id, run_id, business, source, table_name, received, loaded, duplicate, quarantined,
                         forgotten, control_total, content_hash, is_replay, started_at, finished_at)
values (%(batch_id)s, %(run_id)s, %(business)s, %(source)s, %(table_name)s, %(received)s, %(loaded)s,
        %(duplicate)s, %(quarantined)s, %(forgotten)s + coalesce((
            select forgotten from raw.batches where %(is_known)s and source = %(source)s
            and content_hash = %(content_hash)s order by batch_id desc limit 1), 0),
        %(control_total)s, %(content_hash)s, %(is_replay)s, %(started_at)s, %(finished_at)s)
"""
CURSOR = """
insert into raw.cursors (source, cursor) values (%(source)s, %(cursor)s)
on conflict (source) do update set cursor = excluded.cursor, moved_at = now()
where cursors.cursor is distinct from excluded.cursor
"""
STAGE_QUARANTINE = """
create temporary table if not exists incoming_quarantine (
    position bigint, reason text, detail text, original bytea, head bytea, original_index bytea
) on commit delete rows
"""
COPY_QUARANTINE = """
copy pg_temp.incoming_quarantine (position, reason, detail, original, head, original_index)
from stdin (format binary)
"""
TO_QUARANTINE = """
insert into quarantine.records (business, source, table_name, batch_id, position, reason, detail, original, head,
                                original_index, replayed_at)
select %(business)s, %(source)s, %(table_name)s, %(batch_id)s, position, reason, detail, original, head, original_index,
    case when reason = 'erased' then now() end  -- there is nothing to read again
from pg_temp.incoming_quarantine
order by position
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
        "typed": sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in types(contract).items()
        ),
        "key": sql.SQL(", ").join(map(sql.Identifier, key)),
        "same_key": sql.SQL(" and ").join(
            sql.SQL("known.{0} = staged.{0}").format(sql.Identifier(name)) for name in contract.key
        ),
        "control": sql.SQL(contract.control or "null"),
        "seen": sql.Identifier(contract.seen or ""),
        "moved": sql.SQL(", ").join(
            sql.SQL("{0} = first.{0}").format(sql.Identifier(name)) for name in (contract.seen or "", *contract.moving)
        ),
        "same_first": sql.SQL(" and ").join(
            sql.SQL("known.{0} = first.{0}").format(sql.Identifier(name)) for name in contract.key
        ),
    }
    texts = Statements(
        "create temporary table if not exists {stage_name} ({typed}) on commit delete rows",
        "copy {staged} ({columns}) from stdin",
        "with first as (select distinct on ({key}) * from {staged} order by {key}, position),"
        " added as (insert into {table} (business, {columns}, source, batch_id)"
        " select %(business)s, {columns}, %(source)s, %(batch_id)s from first order by {key}"
        " on conflict (business, {key}) do nothing returning 1) select count(*) from added",
        # One look into the index per row, whatever the planner thinks of a table without statistics.
        "select position from {staged} as staged where fingerprint <> (select known.fingerprint from {table} as known"
        " where known.business = %(business)s and {same_key})",
        "select {control} from {staged}",
    )
    if contract.seen:
        texts = texts._replace(insert=SEEN)
    return Statements(*(sql.SQL(text).format(**parts) for text in texts))


# Seen again as it was, a version lasts longer; otherwise, even where it had that content before, it is a new one.
SEEN = """
with first as (
    select distinct on ({key}) * from {staged} order by {key}, {seen} desc, position
), beside as (
    select first.*, known.fingerprint as known_fingerprint, known.first_seen_at as known_since
    from first left join lateral (
        select fingerprint, first_seen_at from {table} as known
        where known.business = %(business)s and {same_first} and known.first_seen_at <= first.{seen}
        order by first_seen_at desc limit 1
    ) as known on true
), again as (
    update {table} as known set {moved} from beside as first
    where known.business = %(business)s and {same_first} and known.first_seen_at = first.known_since
        and known.fingerprint = first.fingerprint and known.{seen} < first.{seen}
), added as (
    insert into {table} (business, {columns}, first_seen_at, source, batch_id)
    select %(business)s, {columns}, {seen}, %(source)s, %(batch_id)s from beside
    where known_fingerprint is distinct from fingerprint
    on conflict do nothing returning 1
)
select count(*) from added
"""


def _copy(connection, db, contract: type[Record], text: bytes, problems: dict[int, Problem]) -> None:
    """COPY lines to the temporary table; what PostgreSQL alone refuses is found by halving."""
    if not text:
        return
    try:
        with connection.transaction(), db.copy(_statements(contract).copy) as copy:
            copy.write(text)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        rows = text.splitlines(keepends=True)
        if len(rows) == 1:
            problems[int(text.rsplit(b"\t", 1)[1])] = Problem("refused_by_database", type(error).__name__)
            return
        half = len(rows) // 2
        for part in (rows[:half], rows[half:]):
            _copy(connection, db, contract, b"".join(part), problems)


def _quarantine(db, contract: type[Record], arrivals: Sequence[Arrival], problems: dict, origin: dict) -> None:
    """Keep the original bytes, each once, encrypted: a broken record can hold personal data too."""
    place, kept = quarantine_place(origin["business"], origin["source"], contract.table), set()
    db.execute(STAGE_QUARANTINE)
    with db.copy(COPY_QUARANTINE) as copy:
        copy.set_types(["int8", "text", "text", "bytea", "bytea", "bytea"])
        for position, problem in sorted(problems.items()):
            original, _, head = arrivals[position]
            if original not in kept:
                kept.add(original)
                if problem.reason == erased.REASON:
                    sealed, head = vault.encrypt(b"", place), None
                else:
                    sealed = vault.encrypt(original, place)
                copy.write_row((position, *problem, sealed, head, vault.fingerprint(original)))
    db.execute(TO_QUARANTINE, origin | {"table_name": contract.table})


def quarantine_place(business: str, source: str, table: str) -> str:
    """Return the place that quarantined bytes are bound to."""
    return f"quarantine.{business}.{source}.{table}"


def loaded_before(connection: psycopg.Connection, source: str, content_hash: bytes) -> Counts | None:
    """Return the counts of the same content loaded before, if all its rows must still be there; else None."""
    row = connection.execute(
        "select received, loaded, duplicate, quarantined from raw.batches where source = %s and content_hash = %s"
        " and batch_id > coalesce((select removals.batch_id from raw.removals"
        " where removals.table_name = batches.table_name), 0) order by batch_id limit 1",
        [source, content_hash],
    ).fetchone()
    return row and Counts(*row)


def cursor_of(connection: psycopg.Connection, source: str) -> dict | None:
    """Return how far a source was read, None where it never was."""
    row = connection.execute("select cursor from raw.cursors where source = %s", [source]).fetchone()
    return row and row[0]


def refresh_statistics(connection: psycopg.Connection, contract: type[Record]) -> None:
    """Tell the planner what a table holds now; autovacuum would come a minute after the transformation began."""
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", contract.table)))
