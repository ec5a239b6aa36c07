"""A hundred thousand events, one in twenty of them poison of many kinds: nothing is lost, nothing is doubled."""

import gzip
import json
import random
import zlib
from collections import Counter

import pytest

from scrapers.mapping import SEGMENT
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
SPOILT = BAD | HUGE
ODD = {  # strange, and good
    "future": lambda n: event(n, timestamp="2031-01-01T00:00:00Z").encode(),
    "right_to_left": lambda n: event(n, properties={"name": "\u202eתה <script>alert(1)</script>"}).encode(),
    "html": lambda n: event(n, event="<img src=x onerror=alert(1)>").encode(),
    "twice": lambda n: event(0).encode(),
}
# What may be learnt later: such times mean that morning, and what has no id is known by its content.
MENDED = {
    "occurred_at": {"field": "timestamp", "match": "^(?!yesterday|9999)(.+)$", "then": r"\1", "else": MOMENT},
    "message_id": {"any": ["messageId", {"digest": ["event", "timestamp", "properties.n"]}]},
}
MENDABLE = {"bad_time", "year_9999", "missing_id"}


@pytest.fixture(scope="module")
def lines():
    """The lines of the file, and by kind what must be quarantined."""
    kinds, made, bad = [*BAD, *ODD], [], {}
    for n in range(EVENTS):
        kind = kinds[n // SHARE % len(kinds)] if n % SHARE == 10 else None
        if n in (5_000, 25_000, 45_000, 65_000):
            kind = list(HUGE)[n // 20_000 % 2]
        make, reason = SPOILT.get(kind, (ODD.get(kind, lambda n: event(n).encode()), None))
        made.append(make(n))
        if reason:
            bad.setdefault(kind, []).append(made[-1])
    return made, bad


def by_reason(bad):
    found = {}
    for kind, made in bad.items():
        found.setdefault(SPOILT[kind][1], []).extend(made)
    return {reason: sorted(made) for reason, made in found.items()}


def originals(warehouse):
    """What waits in quarantine, by reason."""
    query = "select reason, original from quarantine.records where replayed_at is null"
    rows = warehouse.execute(query).fetchall()
    place, found = quarantine_place("toy", "toy_source", "events"), {}
    for reason, sealed in rows:
        found.setdefault(reason, []).append(vault.decrypt(sealed, place))
    return {reason: sorted(kept) for reason, kept in found.items()}


@pytest.mark.timeout(300)
def test_poison_is_quarantined_bit_for_bit_and_every_neighbour_is_loaded(lines, collect, warehouse, tmp_path):
    made, bad = lines
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(made) + b"\n")
    quarantined = sum(map(len, bad.values()))
    doubled = made.count(event(0).encode()) - 1
    assert len(bad) + len(ODD) == 19 and quarantined > EVENTS / SHARE * 0.7 and doubled > 100

    entry = {"kind": "events", "path": str(path)}
    done = collect(entry)
    assert done.returncode == 0, done.stderr
    loaded = EVENTS - doubled - quarantined
    counts = f"{EVENTS:,} received = {loaded:,} loaded + {doubled:,} duplicate + {quarantined:,} quarantined"
    assert counts in done.stdout
    assert originals(warehouse) == by_reason(bad)
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (loaded,)

    for _ in range(2):
        warehouse.execute("truncate raw.cursors")
        assert f"0 loaded + {EVENTS - quarantined:,} duplicate + {quarantined:,} quarantined" in collect(entry).stdout
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (loaded,)
    assert warehouse.execute("select count(*) from quarantine.records").fetchone() == (quarantined,)


@pytest.mark.slow
def test_what_a_mended_rule_had_kept_out_comes_in_once_and_the_rest_of_the_poison_stays(
    lines, collect, replay, warehouse, tmp_path
):
    made, bad = lines
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(made) + b"\n")
    entry = {"kind": "events", "path": str(path)}
    assert collect(entry).returncode == 0
    stored, kept_out = "select count(*) from raw.events", sum(map(len, bad.values()))
    loaded = warehouse.execute(stored).fetchone()[0]

    entry["mapping"] = SEGMENT | MENDED
    caught = sum(len(bad[kind]) for kind in MENDABLE)
    done = replay(entry)
    counts = f"{kept_out:,} received = {caught:,} loaded + 0 duplicate + {kept_out - caught:,} quarantined"
    assert counts in done.stdout, done.stdout + done.stderr
    assert warehouse.execute(stored).fetchone() == (loaded + caught,)
    left = {kind: kept for kind, kept in bad.items() if kind not in MENDABLE}
    assert originals(warehouse) == by_reason(left)

    nothing = f"{kept_out - caught:,} received = 0 loaded + 0 duplicate + {kept_out - caught:,} quarantined"
    assert nothing in replay(entry).stdout
    warehouse.execute("truncate raw.cursors")
    assert f" = 0 loaded + {EVENTS - kept_out + caught:,} duplicate" in collect(entry).stdout
    assert warehouse.execute(stored).fetchone() == (loaded + caught,)
    assert originals(warehouse) == by_reason(left)


FUZZED, SEED = 10_000, 20260301
PIECES = [
    *(
        b"\x00",
        b"\xff",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\\u0000",
        b"\\ud800",
        b"\\",
        b'"',
        b'\\"',
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
    ),
    *(
        b":",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"-1",
        b"9" * 400,
        b"null",
        b"[]",
        b"{}",
        b'""',
        b"true",
        b"\r",
        b"\x0b",
        b"\xe2\x80\xa8",
    ),
    *(
        "\u202e".encode(),
        "绿茶".encode(),
        "😀".encode(),
        b"<script>",
        b"9999-12-31T00:00:00Z",
        b"0000-00-00",
        b"-0001-01-01",
    ),
]
VALUES = [
    None,
    True,
    -1,
    1e308,
    10**40,
    "",
    " ",
    "x" * 600,
    [],
    {},
    [{}],
    {"a": {"b": []}},
    "NaN",
    "2026-02-30",
    "\x00",
    "\ud800",
]


def fuzzed(n, chance):
    """Return an event whose fields or bytes were changed up to four times; of its own line ends it has none."""
    record = json.loads(event(n, messageId=f"fuzzed-{n}"))
    for _ in range(chance.randrange(3)):
        field = chance.choice(list(record))
        if chance.random() < 0.3:
            del record[field]
        else:
            record[chance.choice([field, field.upper(), "extra"])] = chance.choice(VALUES)
        if not record:
            break
    line = bytearray(json.dumps(record, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass"))
    for _ in range(chance.randrange(3)):
        at, length = chance.randrange(len(line) + 1), chance.randrange(12)
        line[at : at + length] = chance.choice([chance.choice(PIECES), b"", bytes([chance.randrange(256)]), line[:at]])
    return bytes(line).replace(b"\n", b" ").strip() or b"x"


def test_of_ten_thousand_changed_records_each_is_counted_and_every_good_neighbour_is_loaded(
    collect, warehouse, tmp_path
):
    chance = random.Random(SEED)
    changed = [fuzzed(n, chance) for n in range(FUZZED)]
    good = [event(n, messageId=f"good-{n}").encode() for n in range(FUZZED)]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(line for pair in zip(changed, good, strict=True) for line in pair) + b"\n")
    done = collect({"kind": "events", "path": str(path)})
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr

    ledger = "select sum(received), sum(loaded), sum(duplicate), sum(quarantined) from raw.batches"
    received, loaded, duplicate, quarantined = warehouse.execute(ledger).fetchone()
    print(f"\n{received:,} received = {loaded:,} loaded + {duplicate:,} duplicate + {quarantined:,} quarantined")
    assert received == 2 * FUZZED == loaded + duplicate + quarantined
    ids = Counter(name for (name,) in warehouse.execute("select message_id from raw.events").fetchall())
    assert sum(ids[f"good-{n}"] for n in range(FUZZED)) == FUZZED and loaded == ids.total()

    kept, copies = {original for found in originals(warehouse).values() for original in found}, Counter(changed)
    assert sum(copies[original] for original in kept) == quarantined
    # What was loaded of the changed ones is an object to a strict reader too, under the id that it states.
    for line in copies.keys() - kept:
        assert ids[str(json.loads(line, parse_constant=pytest.fail)["messageId"])] == 1, line


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
