"""The keys that are turned: `ring.json` beside the master key, the newest last; none before the first rotation.

The newest two are kept: whoever read a row just before it was turned can still open it.
"""

import json
import os
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from warehouse.connection import home

NUMBER_BYTES, KEY_BYTES, KEPT = 4, 32, 2
NOTICED_SECONDS = 0.5  # after that every process has seen a new key
_read: dict[tuple, tuple[float, list[dict]]] = {}


def key_file() -> Path:
    """Return where the master key stands."""
    return Path(os.environ.get("HUAXIANG_KEY_FILE") or home() / "keys" / "master.key")


def file() -> Path:
    """Return where the ring stands."""
    return key_file().with_name("ring.json")


def newest() -> bytes | None:
    """Return the number of the key to encrypt under; None means the master key. Another process's rotation is seen."""
    keys = _keys()
    return _number(keys[-1]) if keys else None


def key(number: bytes) -> bytes:
    """Return a key of the ring.

    Raises:
        KeyError: there is none of this number any more.
    """
    for keys in (_keys(), _keys(0)):
        for one in keys:
            if _number(one) == number:
                return bytes.fromhex(one["key"])
    raise KeyError(number)


def turned_at() -> datetime | None:
    """Return when the newest key was made."""
    keys = _keys()
    return datetime.fromisoformat(keys[-1]["made_at"]) if keys else None


def turn() -> None:
    """Add a new key; the caller holds the lock of rotations."""
    keys = _keys()
    number = secrets.randbelow(256**NUMBER_BYTES)  # of no other ring either, whichever is copied where
    made = {"number": number, "key": secrets.token_hex(KEY_BYTES), "made_at": datetime.now(UTC).isoformat()}
    _write([*keys, made])


def drop_old() -> int:
    """Drop all but the newest two keys; return how many. Nothing may stand under those."""
    keys = _keys()
    if len(keys) > KEPT:
        _write(keys[-KEPT:])
    return max(0, len(keys) - KEPT)


def _number(one: dict) -> bytes:
    return one["number"].to_bytes(NUMBER_BYTES, "big")


def _keys(at_most_old: float = NOTICED_SECONDS) -> list[dict]:
    """Return the ring as it stands, or stood a moment ago: it is asked for each key that is wrapped."""
    place = os.environ.get("HUAXIANG_KEY_FILE"), os.environ.get("HUAXIANG_HOME")
    read_at, keys = _read.get(place, (0, []))
    if not read_at or time.monotonic() - read_at > at_most_old:
        try:
            keys = json.loads(file().read_text())
        except FileNotFoundError:
            keys = []
        _read[place] = time.monotonic(), keys
    return keys


def _write(keys: list[dict]) -> None:
    """Write the ring whole or not at all, for its owner's eyes, and for good before any row needs it."""
    path = file()
    unfinished = path.with_name(f"{path.name}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as ring:
        json.dump(keys, ring)
        ring.flush()
        os.fsync(ring.fileno())
    unfinished.rename(path)
    _read.clear()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
