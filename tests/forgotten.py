"""People planted in every channel of the demo shop, and searches for what is left of them: in files and in dumps."""

import json
import re
from collections import Counter

import numpy as np
import psycopg
import yaml
from psycopg import sql

from tests.warehouse.forgetful import records, tokens
from warehouse import subject_keys, vault
from warehouse.load import quarantine_place
from warehouse.raw import CONTRACTS
from warehouse.raw.fields import fields
from warehouse.rows import place

BUSINESS, MONTH = "shop", "2026-04"
ENVELOPE = {"message_id": "messageId", "anonymous_id": "anonymousId", "user_id": "userId"}
ENVELOPE |= {"occurred_at": "timestamp", "received_at": "receivedAt"}
BROKEN = slice(5, None, 8)  # whose registration comes a second time, in a form that nobody can read


def delivered(folder, people, products):
    """Write a feed of each channel with these people; return the sources file and the names of its sources."""
    sources = {}
    for contract, arrivals in records(people, products, MONTH):
        rows = [json.loads(one.original) for one in arrivals]
        if contract.table == "events":
            rows = [{ENVELOPE.get(name, name): value for name, value in row.items()} for row in rows]
        if contract.table == "customers":
            rows += [row | {"birth_year": "abc"} for row in rows[BROKEN]]
        path = folder / f"{contract.table}.jsonl"
        path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
        sources[f"planted_{contract.table}"] = {"kind": contract.table, "path": str(path), "format": "jsonl"}
    posts = ["post_id", "author", "content", "posted_at"]
    sources["planted_posts"]["mapping"] = {name: name for name in posts}
    file = folder / "sources.yml"
    file.write_text(yaml.safe_dump({"business": BUSINESS, "sources": sources}))
    return file, list(sources)


def written(folder, without="no such folder"):
    """Return the signs of anybody in each file below a folder, by its path; arrays of NumPy are read as text."""
    found = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: tokens(_content(path)) for name, path in found.items() if not name.startswith(f"{without}/")}


def _content(path) -> bytes:
    if path.suffix != ".npz":
        return path.read_bytes()
    with np.load(path, allow_pickle=False) as file:
        words = [" ".join(array.ravel()) for array in dict(file).values() if array.dtype.kind == "U"]
    return " ".join(words).encode()


def quarantined(connection: psycopg.Connection) -> set[bytes]:
    """Return the signs of anybody in what quarantine keeps, decrypted."""
    rows = connection.execute("select business, source, table_name, original from quarantine.records").fetchall()
    return tokens(b"\n".join(vault.decrypt(bytes(row[3]), quarantine_place(*row[:3])) for row in rows))


def tables(dump: bytes) -> dict[str, Counter]:
    """Return the rows of each table of a dump of pg_dump."""
    found, rows = {}, None
    for line in dump.splitlines():
        if start := re.match(rb"COPY (\S+) \(.*\) FROM stdin;", line):
            rows = found.setdefault(start[1].decode(), Counter())
        elif line == rb"\.":
            rows = None
        elif rows is not None:
            rows[line] += 1
    return found


def speaking(rows: dict[str, Counter]) -> dict[str, set[bytes]]:
    """Return the signs of anybody in each table."""
    return {name: tokens(b"\n".join(held)) for name, held in rows.items()}


def among(found: dict[str, set[bytes]], people: set[bytes]) -> dict[str, set[bytes]]:
    """Return which signs of these people stand where."""
    return {name: signs & people for name, signs in found.items() if signs & people}


def lost(before: dict[str, Counter], after: dict[str, Counter], of_whom: set[bytes]) -> dict[str, list[bytes]]:
    """Return the rows of each table that are gone and spoke of none of these people."""
    gone = {name: rows - after.get(name, Counter()) for name, rows in before.items()}
    found = {name: [row for row in rows if not tokens(row) & of_whom] for name, rows in gone.items()}
    return {name: rows for name, rows in found.items() if rows}


def opened(connection: psycopg.Connection) -> tuple[Counter, Counter]:
    """Try to decrypt each personal value of the planted; return how many open, and how many do not, by person."""
    readable, sealed = Counter(), Counter()
    for contract in CONTRACTS.values():
        found = list(_rows(connection, contract))
        ciphers = subject_keys.existing({subject for subject, _ in found})
        for subject, row in found:
            number = int(re.search(r"\d{4}", row[contract.key[0]])[0])
            for name, blob in row.items():
                if name.endswith("_encrypted") and blob is not None:
                    (readable if _opens(ciphers.get(subject), contract, name, row) else sealed)[number] += 1
    return readable, sealed


def _opens(cipher, contract, name: str, row: dict) -> bool:
    """Say whether a value can be read; a key that is there and does not fit is an error."""
    where = place(contract, name.removesuffix("_encrypted"), BUSINESS, *(row[one] for one in contract.key))
    return cipher is not None and bool(vault.unseal(cipher, bytes(row[name]), where))


def _rows(connection, contract):
    """Yield the person and the row of each planted record that holds personal values."""
    personal = [f"{field.name}_encrypted" for field in fields(contract) if field.personal]
    if not (personal and contract.person):
        return
    indexes = {field.name: f"{field.name}_index" for field in fields(contract) if "index" in field.personal}
    people = [(kind, indexes.get(name, name)) for kind, name in contract.person]
    columns = dict.fromkeys([*contract.key, *personal, *(name for _, name in people)])
    query = sql.SQL("select {} from {} where source like 'planted%%' and business = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier("raw", contract.table)
    )
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        for row in cursor.execute(query, [BUSINESS]).fetchall():
            kind, value = next((kind, row[name]) for kind, name in people if row[name] is not None)
            yield subject_keys.subject(BUSINESS, kind, value.hex() if isinstance(value, bytes) else value), row
