"""Keys of the API: who may ask what, of which business. A key is shown once; a hash of its secret is kept.

A secret is 32 random bytes, so that one SHA-256 of it is enough: there is nothing to guess.
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple

import psycopg

SCOPES = {
    "customers:read": "portraits, segments, audiences and their members, recommendations",
    "products:read": "products, what is similar, what is popular",
    "tables:read": "rows of the tables of serving",
    "events:write": "send events",
    "metrics:read": "what the API measures of itself",
    "campaigns:read": "results of campaigns, credits of channels",
}
PREFIX = "hx"
REQUESTS_PER_MINUTE = 60_000
FIND = """
select secret_hash, business, scopes, requests_per_minute from access.keys where key_id = %s and revoked_at is null
"""


class AccessError(Exception):
    """A key cannot be made or revoked; the message says why."""


class Caller(NamedTuple):
    """Who asks: a key that was shown to be right."""

    key_id: str
    business: str
    scopes: frozenset[str]
    requests_per_minute: int


def create(
    connection: psycopg.Connection, name: str, business: str, scopes: list[str], per_minute: int = REQUESTS_PER_MINUTE
) -> str:
    """Make a key and return it.

    Raises:
        AccessError: a scope that does not exist.
    """
    if unknown := set(scopes) - SCOPES.keys():
        raise AccessError(f"there is no scope {min(unknown)}; there are {', '.join(SCOPES)}")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    connection.execute(
        "insert into access.keys (key_id, secret_hash, name, business, scopes, requests_per_minute)"
        " values (%s, %s, %s, %s, %s, %s)",
        [key_id, _hash(secret), name, business, sorted(set(scopes)), per_minute],
    )
    return f"{PREFIX}_{key_id}_{secret}"


def revoke(connection: psycopg.Connection, key_id: str) -> None:
    """Take a key back; the API notices within seconds.

    Raises:
        AccessError: there is no such key.
    """
    statement = "update access.keys set revoked_at = now() where key_id = %s and revoked_at is null"
    if not connection.execute(statement, [key_id]).rowcount:
        raise AccessError(f"there is no key {key_id}, or it was revoked before: `python -m warehouse key list`")


def listed(connection: psycopg.Connection) -> list[tuple]:
    """Return (key id, name, business, scopes, requests per minute, created, revoked) of every key."""
    return connection.execute(
        "select key_id, name, business, scopes, requests_per_minute, created_at, revoked_at from access.keys order by 6"
    ).fetchall()


def parts(key: str) -> tuple[str, str] | None:
    """Return id and secret of a key, or None where it is none."""
    found = key.split("_", 2)
    return (found[1], found[2]) if len(found) == 3 and found[0] == PREFIX and found[1].isalnum() else None


def caller(key_id: str, secret: str, row: tuple | None) -> Caller | None:
    """Return who asks with this secret, given what `FIND` found of the key; None where it is not theirs."""
    if row is None or not hmac.compare_digest(_hash(secret), bytes(row[0])):
        return None
    return Caller(key_id, row[1], frozenset(row[2]), row[3])


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
