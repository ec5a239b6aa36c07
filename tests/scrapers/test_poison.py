"""A hundred thousand events, one in twenty of them poison of many kinds: nothing is lost, nothing is doubled."""

import gzip
import json
import zlib

import pytest

from warehouse import vault
from warehouse.load import quarantine_place

EVENTS, SHARE = 100_000, 20
MOMENT = "2026-03-01T08:00:00.000Z"


def event(n, **changes):
    record = {"messageId": f"m{n}", "type": "track", "event": "Product Viewed", "anonymousId": "a", "timestamp": MOMENT}
    record |= {"properties": {"product_id": "p1", "name": "绿茶", "price": 88.5}} | changes
    return json.dumps({name: value for name, value in record.items() if value is not ...}, ensure_ascii=False)


def spoilt(old, new):
    return lambda n: event(n).encode().replace(old, new)


def deep(n):
    return event(n, properties="HERE").encode().replace(b'"HERE"', b'{"a":' * 20_000 + b"1" + b"}" * 20_000)


BAD = {  # kind → how it is made, and the reason that it is quarantined for
    "nul_byte": (spoilt("绿".encode(), b"\x00"), "nul_character"),
    "nul_escape": (spoilt("绿".encode(), b"\\u0000"), "nul_character"),
    "bad_utf8": (spoilt("绿".encode(), b"\xff\xfe"), "bad_encoding"),
    "lone_surrogate": (spoilt("绿".encode(), b"\\ud83d"), "lone_surrogate"),
    "not_a_number": (spoilt(b"88.5", b"NaN"), "not_a_number"),
    "infinite_number": (spoilt(b"88.5", b"1e999"), "out_of_range"),
    "wrong_type": (lambda n: event(n, properties=[1, 2]).encode(), "wrong_type"),
    "bad_time": (lambda n: event(n, timestamp="yesterday").encode(), "bad_time"),
    "year_9999": (lambda n: event(n, timestamp="9999-12-31T00:00:00Z").encode(), "out_of_range"),
    "missing_id": (lambda n: event(n, messageId=..., properties={"n": n}).encode(), "missing_field"),
    "no_object": (lambda n: f"[{event(n)}]".encode(), "wrong_type"),
    "cut_off": (lambda n: event(n).encode()[:-20], "not_json"),
    "same_id_other_content": (lambda n: event(1, event=f"Product Added {n}").encode(), "id_conflict"),
}
HUGE = {"deep": (deep, "too_deep"), "five_megabytes": (lambda n: event(n, event="x" * 5_000_000).encode(), "too_large")}
ODD = {  # strange, and good
    "future": lambda n: event(n, timestamp="2031-01-01T00:00:00Z").encode(),
    "right_to_left": lambda n: event(n, properties={"name": "\u202eתה <script>alert(1)</script>"}).encode(),
    "html": lambda n: event(n, event="<img src=x onerror=alert(1)>").encode(),
    "twice": lambda n: event(0).encode(),
}


@pytest.fixture(scope="module")
def lines():
    """The lines of the file, and by reason what must be quarantined."""
    kinds, made, bad = [*BAD, *ODD], [], {}
    for n in range(EVENTS):
        kind = kinds[n // SHARE % len(kinds)] if n % SHARE == 10 else None
        if n in (5_000, 25_000, 45_000, 65_000):
            kind = list(HUGE)[n // 20_000 % 2]
        make, reason = (BAD | HUGE).get(kind, (ODD.get(kind, lambda n: event(n).encode()), None))
        made.append(make(n))
        if reason:
            bad.setdefault(reason, []).append(made[-1])
    return made, bad


def originals(warehouse):
    rows = warehouse.execute("select reason, original from quarantine.records").fetchall()
    place, found = quarantine_place("toy", "toy_source", "events"), {}
    for reason, sealed in rows:
        found.setdefault(reason, []).append(vault.decrypt(sealed, place))
    return found


@pytest.mark.timeout(300)
def test_poison_is_quarantined_bit_for_bit_and_every_neighbour_is_loaded(lines, collect, warehouse, tmp_path):
    made, bad = lines
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(made) + b"\n")
    quarantined = sum(map(len, bad.values()))
    doubled = made.count(event(0).encode()) - 1
    assert len(bad) >= 10 and quarantined > EVENTS / SHARE * 0.7 and doubled > 100

    entry = {"kind": "events", "path": str(path)}
    done = collect(entry)
    assert done.returncode == 0, done.stderr
    loaded = EVENTS - doubled - quarantined
    counts = f"{EVENTS:,} received = {loaded:,} loaded + {doubled:,} duplicate + {quarantined:,} quarantined"
    assert counts in done.stdout
    assert {reason: sorted(found) for reason, found in originals(warehouse).items()} == {
        reason: sorted(found) for reason, found in bad.items()
    }
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (loaded,)

    for _ in range(2):
        warehouse.execute("truncate raw.cursors")
        assert f"0 loaded + {EVENTS - quarantined:,} duplicate + {quarantined:,} quarantined" in collect(entry).stdout
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (loaded,)
    assert warehouse.execute("select count(*) from quarantine.records").fetchone() == (quarantined,)


def test_of_a_file_cut_off_in_transit_all_that_arrived_is_counted(collect, warehouse, tmp_path):
    whole = "".join(event(n) + "\n" for n in range(30_000)).encode()
    cut = gzip.compress(whole)[:-4000]
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(cut)
    arrived = zlib.decompressobj(wbits=31).decompress(cut)
    lines, rest = arrived.count(b"\n"), arrived.rpartition(b"\n")[2]
    done = collect({"kind": "events", "path": str(path)})
    assert done.returncode == 1 and "is cut off" in done.stderr
    ledger = "select sum(received), sum(loaded), sum(quarantined) from raw.batches"
    assert warehouse.execute(ledger).fetchone() == (lines + 1, lines, 1)
    assert originals(warehouse) == {"not_json": [rest]}

    path.write_bytes(gzip.compress(whole))
    done = collect({"kind": "events", "path": str(path)})
    assert done.returncode == 0, done.stderr
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (30_000,)
