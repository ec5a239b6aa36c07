"""A key of its own for every person, wrapped by the master key and kept in a database apart from the warehouse's.

No dump of the warehouse holds these keys: when a person's key is destroyed, what was encrypted under it can be read
nowhere any more, not in yesterday's dump either. Keys are made here before the rows that need them are stored; a crash
between leaves a key without rows, which harms nobody.
"""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from warehouse import vault
from warehouse.connection import connect, environment

KEY_BYTES = 32
TABLE = """
create table if not exists subject_keys (
    subject bytea primary key,
    wrapped bytea not null,
    created_at timestamptz not null default now()
)
"""
FIND = "select subject, wrapped from subject_keys where subject = any(%s)"
ADD = (
    "insert into subject_keys (subject, wrapped) select * from unnest(%s::bytea[], %s::bytea[]) as added"
    " order by 1 on conflict do nothing"
)
_connections = {}


def database() -> str:
    """Return the name of the database that holds the keys: $HUAXIANG_VAULT_DATABASE, or the warehouse's with _vault."""
    return os.environ.get("HUAXIANG_VAULT_DATABASE") or f"{environment()['PGDATABASE']}_vault"


def create() -> None:
    """Make the database of the keys and its table, unless they are there."""
    import psycopg
    from psycopg import sql

    with connect(autocommit=True) as warehouse:
        found = warehouse.execute("select 1 from pg_database where datname = %s", [database()]).fetchone()
        if not found:
            # Another process may be faster.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                warehouse.execute(sql.SQL("create database {}").format(sql.Identifier(database())))
    connection().execute(TABLE)


def subject(*name: str) -> bytes:
    """Return what a person is found by among the keys: a keyed hash of business, kind and id, which tells nothing."""
    return vault.fingerprint("\x1f".join(("subject", *name)).encode())


def ciphers(subjects: Iterable[bytes]) -> dict[bytes, AESGCM]:
    """Return the cipher of each person, with a new key for those who have none."""
    wanted = list(subjects)
    found = existing(wanted)
    missing = [one for one in wanted if one not in found]
    if missing:
        fresh = secrets.token_bytes(KEY_BYTES * len(missing))
        keys = [fresh[at : at + KEY_BYTES] for at in range(0, len(fresh), KEY_BYTES)]
        wrapped = [vault.wrap(key, one) for key, one in zip(keys, missing, strict=True)]
        added = execute(ADD, [missing, wrapped]).rowcount
        if added == len(missing):
            found |= zip(missing, map(AESGCM, keys), strict=True)
        else:  # another process made some of them first: theirs count
            found |= existing(missing)
    return found


def existing(subjects: Iterable[bytes]) -> dict[bytes, AESGCM]:
    """Return the cipher of each person whose key is there; who is missing was never seen, or was erased."""
    rows = execute(FIND, [list(subjects)]).fetchall()
    return {one: AESGCM(vault.unwrap(wrapped, one)) for one, wrapped in rows}


def destroy(subjects: Iterable[bytes]) -> int:
    """Destroy the keys of people for good; return how many there were."""
    return connection().execute("delete from subject_keys where subject = any(%s)", [list(subjects)]).rowcount


def execute(query: str, values: list):
    """Run what may run twice: where the server went away since the last time, over a new connection."""
    import psycopg

    known = connection()
    try:
        return known.execute(query, values)
    except psycopg.OperationalError:
        if not known.closed:
            raise
        return connection().execute(query, values)


def connection():
    """Return this process's connection to the keys, which commits by itself."""
    import psycopg

    name = (os.getpid(), database(), os.environ.get("PGOPTIONS"))
    known = _connections.get(name)
    if known is None or known.closed:
        try:
            known = _connections[name] = connect(dbname=database(), autocommit=True)
        except psycopg.OperationalError as error:
            if "does not exist" not in str(error):
                raise
            raise vault.VaultError(
                f"the database {database()} of the keys does not exist: run `python -m warehouse migrate`"
            ) from error
    return known
