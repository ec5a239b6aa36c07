"""Keys are turned while everything reads and writes."""

import json
import os
import threading

import pytest

from warehouse import key_ring, load, rotation, subject_keys, vault
from warehouse.check import Arrival, Problem
from warehouse.raw import Customer

PEOPLE = 5_000
TURNS = 3


@pytest.fixture
def people(warehouse):
    """People with keys, each with a sealed value."""
    keys = subject_keys.connection()
    keys.execute("truncate subject_keys")
    names = [subject_keys.subject("turning", "customer", f"c{n}") for n in range(PEOPLE)]
    ciphers = subject_keys.ciphers(names)
    yield {name: vault.seal(ciphers[name], b"value", "place") for name in names}
    keys.execute("truncate subject_keys")
    key_ring.file().unlink(missing_ok=True)
    key_ring._read.clear()


def test_no_read_fails_while_keys_are_turned_again_and_again(warehouse, people):
    names, failures, reads, made, over = list(people), [], [], [], threading.Event()

    def read(begin):
        # A process of its own would have a connection of its own: here each thread opens one.
        while not over.is_set():
            for at in range(begin, PEOPLE, 400):
                some = names[at : at + 20]
                try:
                    found = subject_keys.existing(some)
                    assert len(found) == len(some)
                    assert all(vault.unseal(found[one], people[one], "place") == b"value" for one in some)
                    reads.append(len(some))
                except Exception as error:
                    failures.append(error)

    def write():
        number = 0
        while not over.is_set():
            new = [subject_keys.subject("turning", "new", str(number + n)) for n in range(20)]
            number += 20
            try:
                ciphers = subject_keys.ciphers(new)
                made.extend((one, vault.seal(ciphers[one], b"new", "place")) for one in new)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=read, args=(0,)), threading.Thread(target=read, args=(200,))]
    threads.append(threading.Thread(target=write))
    [thread.start() for thread in threads]
    turned = [rotation.rotate(warehouse) for _ in range(TURNS)]
    over.set()
    [thread.join() for thread in threads]
    print(f"\n{sum(reads):,} reads and {len(made):,} new keys during {TURNS} rotations, {len(failures)} failures")
    assert not failures
    assert all(turn.people >= PEOPLE for turn in turned) and len(reads) > 10 and made
    found = subject_keys.existing([one for one, _ in made])
    assert all(vault.unseal(found[one], sealed, "place") == b"new" for one, sealed in made)


def test_afterwards_the_master_key_alone_opens_nothing(warehouse, people):
    rotation.rotate(warehouse)
    name = next(iter(people))
    (wrapped,) = subject_keys.connection().execute(
        "select wrapped from subject_keys where subject = %s", [name]
    ).fetchone()  # fmt: skip
    assert vault.unwrap(wrapped, name)
    ring = key_ring.file().read_text()
    key_ring.file().write_text("[]")
    key_ring._read.clear()
    vault._ring_cipher.cache_clear()
    with pytest.raises(vault.VaultError, match="its key is not in"):
        vault.unwrap(wrapped, name)
    key_ring.file().write_text(ring)  # another process may have read the ring before: it looks once more
    assert vault.unwrap(wrapped, name)


def test_the_ring_is_private_and_keeps_two_keys(warehouse, people):
    for turn in range(4):
        assert rotation.rotate(warehouse).dropped == (turn > 1)
    assert os.stat(key_ring.file()).st_mode & 0o777 == 0o600
    assert len(json.loads(key_ring.file().read_text())) == 2


def test_quarantined_bytes_are_turned_too(warehouse, people):
    arrivals = [Arrival(b"broken", Problem("not_json"))]
    load.load(warehouse, Customer, arrivals, business="turning", source="s", run_id="r")
    for _ in range(3):
        assert rotation.rotate(warehouse).records == 1
    (blob,) = warehouse.execute("select original from quarantine.records").fetchone()
    assert vault.is_current(blob)
    assert vault.decrypt(blob, load.quarantine_place("turning", "s", "customers")) == b"broken"


def test_a_rotation_that_was_killed_is_finished_by_the_next(warehouse, people, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 1_000)
    with monkeypatch.context() as patch:
        calls = iter(range(1_000_000))
        wrap = vault.wrap
        patch.setattr(vault, "wrap", lambda *given: 1 / 0 if next(calls) == 2_500 else wrap(*given))
        with pytest.raises(ZeroDivisionError):
            rotation.rotate(warehouse)
    assert len(subject_keys.existing(people)) == PEOPLE
    assert rotation.rotate(warehouse).people == PEOPLE
    rows = subject_keys.connection().execute("select wrapped from subject_keys").fetchall()
    assert all(vault.is_current(wrapped) for (wrapped,) in rows)
