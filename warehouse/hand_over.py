"""Hand a list to a channel as a CSV file: what came and what went since the last time beside it, and a line in the log.

The file before is what was last handed over: nobody's list is kept anywhere else. The same list writes nothing at all.
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class HandedOver(NamedTuple):
    """A file of the exports: how many rows it has and how many of them came, went or changed since the last time."""

    name: str
    rows: int
    added: int
    removed: int
    changed: int
    is_written: bool


def hand_over(
    connection: psycopg.Connection,
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence],
    key: Sequence[str],
    audience: Sequence[str | None],
) -> HandedOver:
    """Write a list and its difference to the one before; rows are the same where their `key` columns are.

    `audience` is the id and the version of the audience that the list was made of, for the log.
    `connection` is in autocommit. The log comes first, the list last: a killed export is done again, and logged once.
    """
    text = written(header, rows)
    new = _by_key(text, key)
    before = path.read_bytes().decode() if path.exists() else None
    if before == text:
        return HandedOver(path.name, len(new), 0, 0, 0, False)
    old = _by_key(before, key) if before else {}
    added = [new[one] for one in new if one not in old]
    removed = [old[one] for one in old if one not in new]
    changed = [new[one] for one in new if one in old and new[one] != old[one]]
    digests = [before and hashlib.sha256(before.encode()).hexdigest(), hashlib.sha256(text.encode()).hexdigest()]
    counts = [len(new), len(added), len(removed), len(changed)]
    connection.execute(LOG, [path.name, *audience, *counts, *digests, path.name])
    replace(path.with_suffix(".adds.csv"), written(header, added + changed))
    replace(path.with_suffix(".removes.csv"), written(header, removed))
    replace(path, text)
    return HandedOver(path.name, len(new), len(added), len(removed), len(changed), True)


LOG = """
insert into activation.syncs
    (file, audience_id, audience_version, rows, added, removed, changed, sha256_before, sha256)
select logged.*
from (values (%s, %s::text, %s::text, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::text, %s::text))
    as logged (file, audience_id, audience_version, rows, added, removed, changed, sha256_before, sha256)
where not exists (
    select from (select * from activation.syncs where file = %s order by sync_id desc limit 1) as last
    where last.sha256 = logged.sha256 and last.sha256_before is not distinct from logged.sha256_before
)
"""


def written(header: Sequence[str], rows: Iterable[Sequence]) -> str:
    """Return a CSV (RFC 4180) of which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([neutral(value) for value in row] for row in rows)
    return text.getvalue()


def _by_key(text: str, key: Sequence[str]) -> dict[tuple, list[str]]:
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    places = [header.index(column) for column in key]
    return {tuple(row[place] for place in places): row for row in rows}


def neutral(value):
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection); numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value


def replace(path: Path, text: str) -> bool:
    """Write a file whole or not at all, and only where it changes."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
    unfinished.rename(path)
    return True
