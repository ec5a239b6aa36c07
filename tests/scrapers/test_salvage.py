"""Arrays in which one record is broken at its quotes or brackets: its neighbours come out, and nothing that is none."""

import io
import json
import random

import pytest

from scrapers import bodies

DOCUMENTS, SEED = 6_000, 20260301
TEXTS = [
    'say "hi"',
    "a\\b",
    '{"id":"x"},{"id":"y"}',
    "plain",
    "two\nlines",
    '"},{"',
    "[1,2]",
    "",
    "end\\",
    '"',
    'x", "y',
]
BYTES = [b'"', b"\\", b'\\"', b"{", b"}", b"[", b"]", b",", b"\n"]


def record(number, chance):
    texts = [chance.choice(TEXTS) for _ in range(chance.randrange(2, 5))]
    return json.dumps({"id": f"m{number}", "name": texts[0], "tags": texts[2:], "item": {"text": texts[1]}}).encode()


def spoilt(line, chance):
    """Return a record that lost, got or swapped a few bytes, or its end."""
    line, at = bytearray(line), chance.randrange(len(line))
    lengths = {"lost": chance.randrange(1, 4), "got": 0, "swapped": 1, "cut": len(line)}
    how = chance.choice(list(lengths))
    line[at : at + lengths[how]] = chance.choice(BYTES) if how in ("got", "swapped") else b""
    return bytes(line)


def is_json(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def objects(body):
    return [element for element in bodies.elements(io.BytesIO(body)) if is_json(element)]


def test_nearly_all_neighbours_of_broken_records_come_out_and_nothing_else():
    chance, alive, wanted = random.Random(SEED), 0, 0
    for _ in range(DOCUMENTS):
        records = [record(number, chance) for number in range(6)]
        place = chance.randrange(len(records))
        good, own = records[:place] + records[place + 1 :], records[place]
        records[place] = spoilt(own, chance)
        body = b"[" + chance.choice([b",", b", ", b",\n"]).join(records) + b"]"
        if is_json(records[place]):
            continue
        found = objects(body)
        assert set(found) <= {*good, own}, body
        alive, wanted = alive + sum(one in found for one in good), wanted + len(good)
    print(f"\n{alive:,} of {wanted:,} neighbours of broken records come out")
    assert wanted > DOCUMENTS and alive > 0.95 * wanted


SWALLOWED = {
    "a lost quote": (
        b'[{"id":"a","x":"o},{"id":"b","x":"say \\"hi\\""},{"id":"c"}]',
        [b'{"id":"b","x":"say \\"hi\\""}', b'{"id":"c"}'],
    ),
    "a lost end": (b'[{"id":"a","x":{"y":1,{"id":"b"},{"id":"c"}]', [b'{"id":"b"}', b'{"id":"c"}']),
    "an end too many": (b'[{"id":"a"]},{"id":"b"},{"id":"c"}]', [b'{"id":"b"}', b'{"id":"c"}']),
    "a record that ends too early": (b'[{"id":"a"},"x":1},{"id":"b"}]', [b'{"id":"b"}']),
    "records in records": (b'[{"id":"a","x":"o,"in":[{"id":"b"},{"id":"c"},{"id":"d"}]}]', []),
    "records in records that are known": (
        b'[{"id":"a","in":[{"id":"b"}]},{"id":"c","in":"o},{"id":"d"},{"id":"e"}]',
        [b'{"id":"a","in":[{"id":"b"}]}'],
    ),
}


@pytest.mark.parametrize("name", SWALLOWED)
def test_what_a_broken_record_swallowed_comes_out_where_it_is_certain(name):
    body, found = SWALLOWED[name]
    assert objects(body) == found


@pytest.mark.parametrize("name", SWALLOWED)
def test_what_stays_broken_is_kept_byte_for_byte(name):
    body, found = SWALLOWED[name]
    kept = list(bodies.elements(io.BytesIO(body)))
    assert len(kept) > len(found) and all(element in body for element in kept)


def test_what_follows_an_array_whose_end_was_swallowed_is_kept_too():
    body = b'[{"id":"a","x":"o},{"id":"b"}] and more'
    assert list(bodies.elements(io.BytesIO(body))) == [b'{"id":"a","x":"o}', b'{"id":"b"}', b"and more"]
