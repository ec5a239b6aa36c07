"""Who asks to be forgotten is: in every table and file, behind every door, and in yesterday's dump."""

import csv
import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.warehouse.forgetful import BUSINESS, plant, signs, tokens
from warehouse import disclose, embedded, erase, erased, load, subject_keys, vault
from warehouse.check import Arrival, Problem
from warehouse.checksum import table_checksums
from warehouse.connection import home
from warehouse.raw import Account, Customer, Event, ProductHolding, Transaction

PEOPLE, FORGOTTEN = range(10), (3, 7)


@pytest.fixture
def planted(warehouse):
    """Ten people; who was forgotten by an earlier test is known again."""
    subject_keys.connection().execute("truncate erased, certificates")
    erased._known.clear()
    plant(warehouse, PEOPLE)
    yield warehouse
    subject_keys.connection().execute("truncate erased, certificates")
    erased._known.clear()


def forget(connection, people=FORGOTTEN):
    erase.request(connection, BUSINESS, [f"kc-{n:04}" for n in people])
    return erase.carry_out(connection)


def dumped(database, program="pg_dump"):
    """All that a database holds, as pg_dump writes it."""
    command = [embedded.binary(program), "--dbname", database]
    return subprocess.run(command, check=True, capture_output=True).stdout


def of(people):
    return set().union(*map(signs, people))


def test_nothing_of_who_was_forgotten_is_left_and_the_others_are_as_they_were(planted):
    name = planted.info.dbname
    signal = "insert into live.signals (business, message_id, user_id, anonymous_id, product_id, received_at)"
    for n in PEOPLE:
        values = [BUSINESS, f"km-{n:04}-2", f"kc-{n:04}", f"kd-{n:04}", "t1"]
        planted.execute(f"{signal} values (%s, %s, %s, %s, %s, now())", values)
        code = "insert into activation.codes values (%s, %s, 'leaflet', %s, 'print')"
        planted.execute(code, [BUSINESS, f"CODE{n}", f"kc-{n:04}"])
        unfinished = "insert into builds.touched values ('owner', %(b)s, %(c)s, ''), ('cluster', %(b)s, %(d)s, '')"
        planted.execute(unfinished, {"b": BUSINESS, "c": f"kc-{n:04}", "d": f"device:kd-{n:04}"})
    before = dumped(name)
    assert of(FORGOTTEN) & tokens(before) >= {b"kc-0003", b"kd-0003", b"km-0003", b"kp-0003", b"ke-0003"}
    forget(planted)
    after = dumped(name) + dumped(subject_keys.database())
    assert not of(FORGOTTEN) & tokens(after)
    rest = of(PEOPLE) - of(FORGOTTEN)
    assert rest & tokens(after) == rest & tokens(before)
    kept = {line for line in before.splitlines() if not of(FORGOTTEN) & tokens(line)}
    orders = [line for line in after.splitlines() if line.startswith(b"forgetful\to3-")]
    assert len(orders) == 2 and all(b"\t\\N\tt" in line for line in orders), "orders stay, as those of guests"
    lost = {line for line in kept - set(after.splitlines()) if line.startswith(b"forgetful\t")}
    assert not lost, "what was of others is gone"


def test_the_files_of_the_tables_hold_nothing_of_them_once_they_are_written_anew(planted):
    (oid,) = planted.execute("select oid from pg_database where datname = current_database()").fetchone()

    def held():
        planted.execute("checkpoint")
        files = (home() / "postgres" / "data" / "base" / str(oid)).iterdir()
        return set().union(*(tokens(file.read_bytes()) for file in files))

    assert {b"kc-0003", b"kd-0003", b"ke-0007"} <= held()
    forget(planted)
    planted.execute("vacuum full")
    assert not of(FORGOTTEN) & held() and {b"kc-0004", b"kd-0004", b"ke-0008"} <= held()


def test_what_others_share_with_who_was_forgotten_stays(planted):
    shared = {"type": "track", "occurred_at": "2026-03-05T10:00:00Z", "anonymous_id": "kd-0003"}
    record = shared | {"message_id": "of the other", "user_id": "kc-0004"}
    load.load(planted, Event, [Arrival(b"", record)], business=BUSINESS, source="s", run_id="r2")
    forget(planted)
    left = planted.execute("select message_id from raw.events where anonymous_id = 'kd-0003' order by 1").fetchall()
    assert left == [("km-0003-1",), ("of the other",)], "nobody knows who of both was at the device without a login"


def test_no_door_lets_the_forgotten_in_again(planted):
    forget(planted)
    counts = plant(planted, PEOPLE)
    # Registration, e-mail, post and contact are refused; of two events and two orders each, all are theirs.
    assert {table: count.quarantined for table, count in counts.items()} == {
        "customers": 2,
        "events": 4,
        "email_events": 2,
        "posts": 2,
        "orders": 4,
        "campaign_contacts": 2,
    }
    assert all(count.loaded == 0 for count in counts.values())
    ledger = "select sum(quarantined), sum(forgotten) from raw.batches"
    assert planted.execute(ledger).fetchone() == (16, 16), "they say nothing against their sources"
    assert not of(FORGOTTEN) & tokens(dumped(planted.info.dbname))
    rows = planted.execute("select table_name, source, original, replayed_at from quarantine.records").fetchall()
    assert len(rows) == 16 and all(row[3] for row in rows), "there is nothing to read again"
    places = [load.quarantine_place(BUSINESS, source, table) for table, source, _, _ in rows]
    assert {vault.decrypt(row[2], place) for row, place in zip(rows, places, strict=True)} == {b""}


def test_a_broken_record_of_the_forgotten_is_kept_by_nobody(planted):
    forget(planted)
    record = {"customer_id": "kc-0003", "name": "Kanarie0003", "birth_year": "abc"}
    arrivals = [Arrival(json.dumps(record).encode(), record)]
    counts = load.load(planted, Customer, arrivals, business=BUSINESS, source="s", run_id="r2")
    assert counts.quarantined == 1
    assert planted.execute("select reason from quarantine.records").fetchall() == [("erased",)]


def test_what_nobody_could_read_and_speaks_of_them_is_emptied(planted):
    lines = [
        b"kc-0003;Kanarie;abc",
        b"x;y;KANARIE.0007@mail.example",
        b"e=kanarie.0007%40mail.example",
        b"KC-0003;Kanarie;abc",
        b"kc-00031;z",
        b"kc-0004",
    ]
    arrivals = [Arrival(line, Problem("not_json")) for line in lines]
    load.load(planted, Customer, arrivals, business=BUSINESS, source="s", run_id="r2")
    forget(planted)
    place = load.quarantine_place(BUSINESS, "s", "customers")
    rows = planted.execute("select original from quarantine.records order by record_id").fetchall()
    assert [vault.decrypt(blob, place) for (blob,) in rows] == [b"", b"", b"", b"", lines[4], lines[5]]


def test_an_erasure_that_is_killed_is_carried_out_by_the_next(planted, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(erased, "destroy_keys", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            forget(planted)
    assert planted.execute("select count(*) from raw.erasure_requests").fetchone() == (2,)
    assert len(erase.carry_out(planted)) == 2
    subjects = [subject_keys.subject(BUSINESS, "customer", f"kc-{n:04}") for n in FORGOTTEN]
    assert not subject_keys.existing(subjects)
    assert not of(FORGOTTEN) & tokens(dumped(planted.info.dbname))


def test_exports_are_written_without_them_and_the_certificate_says_which_they_were_in(planted):
    folder = home() / "exports"
    folder.mkdir(exist_ok=True)
    file = folder / f"{BUSINESS}-spring.csv"
    rows = [["customer_id", "channel"], *([f"kc-{n:04}", "email"] for n in PEOPLE)]
    with file.open("w", newline="") as text:
        csv.writer(text, lineterminator="\r\n").writerows(rows)
    certificates = forget(planted)
    with file.open(newline="") as text:
        assert list(csv.reader(text)) == [row for row in rows if row[0] not in ("kc-0003", "kc-0007")]
    assert [one.content["files"] for one in certificates] == [{file.name: 1}] * 2
    file.unlink()


def test_what_was_learned_of_them_is_emptied_and_the_rest_of_the_model_is_what_the_run_says(planted):
    folder = home() / "models" / BUSINESS / "run1"
    folder.mkdir(parents=True)
    ids = np.array([f"kc-{n:04}" for n in PEOPLE])
    arrays = {"customer_ids": ids, "als/customer_vectors": np.ones((10, 4)), "als/product_vectors": np.ones((10, 4))}
    np.savez(folder / "learned.npz", **arrays)
    (folder / "manifest.json").write_text('{"sha256": "old"}')
    (folder.parent / "broken").mkdir()
    (folder.parent / "broken" / "learned.npz").write_bytes(b"PK")
    columns = "business, run_id, data_fingerprint, params, customers, products, interactions, is_current, started_at"
    planted.execute(
        f"insert into ml.runs ({columns}, finished_at, model_sha256)"
        " values (%s, 'run1', 'd', '{}', 10, 10, 10, true, now(), now(), 'old')",
        [BUSINESS],
    )
    certificates = forget(planted)
    with np.load(folder / "learned.npz") as file:
        after = dict(file)
    assert sorted(set(ids) - set(after["customer_ids"])) == ["kc-0003", "kc-0007"]
    assert np.flatnonzero(after["als/customer_vectors"].sum(axis=1) == 0).tolist() == [3, 7]
    assert (after["als/product_vectors"] == 1).all()
    manifest = (folder / "manifest.json").read_bytes()
    assert planted.execute("select model_sha256 from ml.runs").fetchone() == (hashlib.sha256(manifest).hexdigest(),)
    assert json.loads(manifest)["sha256"] == hashlib.sha256((folder / "learned.npz").read_bytes()).hexdigest()
    assert not (folder.parent / "broken").exists()
    assert [one.content["files"] for one in certificates] == [{"models": 1}] * 2
    shutil.rmtree(folder.parent)


def test_the_certificate_says_what_went_and_nothing_personal(planted):
    command = [sys.executable, "-m", "warehouse", "erase", "kc-0003", "--business", BUSINESS]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == "", run.stderr
    ((content, sha256),) = subject_keys.connection().execute("select content, sha256 from certificates").fetchall()
    assert sha256 in run.stdout
    assert content["rows"] == {
        "raw.customers": 1,
        "raw.events": 2,
        "raw.email_events": 1,
        "raw.orders": 2,
        "raw.campaign_contacts": 1,
        "raw.posts": 1,
    }
    assert content["key_destroyed"] is True
    assert not of([3]) & tokens(json.dumps(content).encode() + run.stdout.encode())


def test_erasing_the_same_person_twice_or_a_stranger_changes_nothing(planted):
    forget(planted)
    before = table_checksums(planted)
    forget(planted)
    forget(planted, [77])
    assert table_checksums(planted) == before


def test_without_a_business_the_command_says_what_is_missing(planted):
    run = subprocess.run([sys.executable, "-m", "warehouse", "erase", "kc-0003"], capture_output=True, text=True)
    assert run.returncode == 2 and "--business" in run.stderr


def test_who_looks_at_personal_values_is_written_down(planted):
    subject_keys.connection().execute("truncate accesses")
    command = [sys.executable, "-m", "warehouse", "disclose", "kc-0004", "--business", BUSINESS]
    shown = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert shown["customers.email"] == ["kanarie.0004@mail.example"]
    assert shown["customers.extra"] == [{"remark": "likes kanarie0004"}]
    rows = (
        subject_keys.connection().execute("select actor, purpose, business, fields, decrypted from accesses").fetchall()
    )
    assert len(rows) == 1
    actor, purpose, business, fields, decrypted = rows[0]
    assert "as exporter" in actor and (purpose, business) == ("disclosure", BUSINESS)
    assert "customers.email" in fields and decrypted == 5
    assert disclose.disclose(planted, BUSINESS, "nobody") == {}


def test_a_banks_customer_is_forgotten_with_what_moved_on_accounts_of_their_own(planted):
    moment = "2026-03-01T10:00:00Z"
    owners = {"a1": "kc-0003", "a2": "kc-0004", "joint": "kc-0003"}
    accounts = [{"account_id": one, "customer_id": owner, "extra": {"note": "x"}} for one, owner in owners.items()]
    holdings = [
        {"kind": "BankAccount", "holding_id": "h1", "account_id": "joint", "customer_id": "kc-0004"},
        {"kind": "LoanOrCredit", "holding_id": "h2", "account_id": "a1"},
    ]
    moved = [
        {
            "transaction_id": f"t-{one}",
            "account_id": one,
            "occurred_at": moment,
            "amount": 5,
            "counterparty": f"iban {one}",
        }
        for one in owners
    ]
    origin = {"business": BUSINESS, "source": "bank", "run_id": "r2"}
    for contract, records in ((Account, accounts), (ProductHolding, holdings), (Transaction, moved)):
        load.load(planted, contract, [Arrival(b"", record) for record in records], **origin)
    forget(planted, [3])
    for table, left in {"accounts": ["a2"], "product_holdings": ["joint"], "transactions": ["a2", "joint"]}.items():
        assert planted.execute(f"select account_id from raw.{table} order by 1").fetchall() == [(one,) for one in left]
    own, others = (subject_keys.subject(BUSINESS, "account", one) for one in ("a1", "a2"))
    assert set(subject_keys.existing([own, others])) == {others}
    again = load.load(planted, Transaction, [Arrival(b"", moved[0] | {"transaction_id": "new"})], **origin)
    assert again.quarantined == 1
