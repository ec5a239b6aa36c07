"""Turn the keys while everything runs: a new key, all that stands under older ones wrapped anew, the oldest dropped.

A rotation that is killed is finished by the next: what is not under the newest key is found by its first bytes.
"""

import time
from typing import NamedTuple

from warehouse import key_ring, subject_keys, vault
from warehouse.load import quarantine_place

ROTATION_LOCK = 4_207_012
BATCH = 10_000


class Rotation(NamedTuple):
    """What a rotation wrapped anew, and how many keys it dropped."""

    people: int
    records: int
    dropped: int


def rotate(connection) -> Rotation:
    """Make a new key, wrap every person's key and every quarantined record under it; readers and writers go on."""
    keys = subject_keys.connection()
    keys.execute("select pg_advisory_lock(%s)", [ROTATION_LOCK])
    try:
        key_ring.turn()
        time.sleep(key_ring.NOTICED_SECONDS)
        people, records = _people(keys), _records(connection)
        return Rotation(people, records, key_ring.drop_old())
    finally:
        keys.execute("select pg_advisory_unlock(%s)", [ROTATION_LOCK])


def _people(keys) -> int:
    """Wrap all keys anew; again until a look finds none that another process wrapped under the old one meanwhile."""
    count, last, found = 0, b"", True
    while True:
        rows = keys.execute(
            "select subject, wrapped from subject_keys where subject > %s order by subject limit %s", [last, BATCH]
        ).fetchall()
        if not rows:
            if not found:
                return count
            last, found = b"", False
            continue
        last = rows[-1][0]
        old = [(subject, wrapped) for subject, wrapped in rows if not vault.is_current(wrapped)]
        if old:
            found = True
            fresh = [vault.wrap(vault.unwrap(wrapped, subject), subject) for subject, wrapped in old]
            subjects, wrapped = zip(*old, strict=True)
            # Who was erased meanwhile stays so.
            count += keys.execute(
                "update subject_keys set wrapped = turned.fresh"
                " from unnest(%s::bytea[], %s::bytea[], %s::bytea[]) as turned (subject, old, fresh)"
                " where subject_keys.subject = turned.subject and subject_keys.wrapped = turned.old",
                [list(subjects), list(wrapped), fresh],
            ).rowcount


def _records(connection) -> int:
    count, last = 0, 0
    while True:
        rows = connection.execute(
            "select record_id, business, source, table_name, original from quarantine.records where record_id > %s"
            " order by record_id limit %s",
            [last, BATCH],
        ).fetchall()
        if not rows:
            return count
        last = rows[-1][0]
        turned = [
            (
                vault.encrypt(vault.decrypt(original, quarantine_place(*where)), quarantine_place(*where)),
                record,
                original,
            )
            for record, *where, original in rows
            if not vault.is_current(original)
        ]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(
                "update quarantine.records set original = %s where record_id = %s and original = %s", turned
            )
        count += len(turned)
