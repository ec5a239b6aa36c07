"""Local files that are small on disk and great in memory: what is good in them is loaded, and memory stays bounded."""

import gzip
import zlib

import pytest

from tests.scrapers.bombs import BOMB, MEBIBYTE, feed, gzipped, laughs, quadratic, zstandard
from warehouse import vault
from warehouse.load import quarantine_place

GREATEST_PEAK = 300
EVENT = b'{"messageId":"m1","type":"track","event":"Viewed","timestamp":"2026-03-01T00:00:00Z"}'
ITEM = b"<item><guid>g</guid><description>tea</description><pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate></item>"
ROW = b"o1,p1,1,9.90,2026-03-01T08:00:00Z\n"
NAMES = b"order_id,product_id,quantity,unit_price,ordered_at\n"
LOG = b'1.2.3.4 - - [01/Mar/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "Mozilla"\n'


def packed(before, chunk, behind, times=None):
    """Return gzip of `chunk`, some seven MiB, repeated to a bomb between `before` and `behind`."""
    times = times or BOMB // len(chunk)
    packer = zlib.compressobj(9, wbits=-15)
    first = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(behind) + packer.flush()
    checksum = zlib.crc32(before)
    for _ in range(times):
        checksum = zlib.crc32(chunk, checksum)
    checksum = zlib.crc32(behind, checksum)
    size = len(before) + times * len(chunk) + len(behind)
    end = checksum.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + first + middle * times + last + end


def long(before, behind, sign=b"x"):
    return packed(before, sign * (7 * MEBIBYTE), behind)


def wide(before, behind):
    return packed(before, b"{}," * (2 * MEBIBYTE), behind, 20)


# name: (kind, format, what the file holds, received, loaded)
BOMBS = {
    "a feed of blanks.gz": ("posts", "rss", lambda: long(b"<rss><channel>", ITEM, b" "), 1, 1),
    "a long post.gz": ("posts", "rss", lambda: long(b"<rss><channel><item>", b"</item>" + ITEM, b"x"), 2, 1),
    "a post without end.gz": ("posts", "rss", lambda: long(b"<rss><channel>" + ITEM + b"<item>", b""), 2, 1),
    "a feed of open posts.gz": ("posts", "rss", lambda: packed(b"<rss>", b"<item>" * 1_000_000, b"", 117), 1, 0),
    "a billion laughs": ("posts", "rss", lambda: laughs(feed("&l9;")), 3, None),
    "a long entity": ("posts", "rss", lambda: quadratic(feed("&l9;")), 3, 0),
    "an array of blanks.gz": ("events", "json", lambda: long(b"[", EVENT + b"]", b" "), 1, 1),
    "a long element.gz": ("events", "json", lambda: long(b'[{"a":"', b'"},' + EVENT + b"]"), 2, 1),
    "a long wide element.gz": (
        "events",
        "json",
        lambda: packed(b'[{"a":[', b"{},", b"1]}," + EVENT + b"]", 9**7),
        2,
        1,
    ),
    "a long object.gz": ("events", "json", lambda: long(b'{"a":"', b'"}'), 1, 0),
    "a deep array.gz": ("events", "json", lambda: packed(b"", b"[" * MEBIBYTE, b"", 8), 1, 0),
    "an array of numbers": ("events", "json", lambda: b"[" + b"0," * (4 * MEBIBYTE) + EVENT + b"]", 1_017, 1),
    "a broken array of quotes": ("events", "json", lambda: b"[" + EVENT + b',"' + rb"\"" * (4 * MEBIBYTE), 2, 1),
    "a long line of a table.gz": ("orders", "csv", lambda: long(NAMES, b"\n" + ROW, b","), 2, 1),
    "many tiny lines": ("events", "jsonl", lambda: b"{}\n" * (4 * MEBIBYTE) + EVENT, 4 * MEBIBYTE + 1, 1),
    "a long request.gz": ("events", "combined", lambda: long(b"1.2.3.4 ", b"\n" + LOG), 2, 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_good_in_a_file_that_swells_is_loaded_in_bounded_memory(name, collect_bounded, tmp_path, warehouse):
    kind, form, content, received, loaded = BOMBS[name]
    path = tmp_path / name
    path.write_bytes(content())
    entry = {"kind": kind, "format": form, "path": str(path)}
    done, peak = collect_bounded(entry | ({"preset": "access_log"} if form == "combined" else {}))
    print(f"{name}: {path.stat().st_size / MEBIBYTE:.1f} MiB, peak {peak:.0f} MiB")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert peak < GREATEST_PEAK
    totals = warehouse.execute("select sum(received), sum(loaded), sum(quarantined) from raw.batches").fetchone()
    if loaded is None:
        loaded = totals[1]
    assert totals == (received, loaded, received - loaded)


def original(warehouse, record):
    sealed = warehouse.execute("select original from quarantine.records where record_id = %s", [record]).fetchone()[0]
    return vault.decrypt(sealed, quarantine_place("toy", "toy_source", "events"))


PACKED = {
    "gzip in gzip": ("events.jsonl.gz", lambda: gzip.compress(gzipped()), "gzip inside gzip"),
    "gzip that is not said to be": ("events.jsonl", gzipped, "it holds gzip; unpack it first, or say `gzip: true`"),
    "zstd": ("events.jsonl.zst", zstandard, "it holds zstd"),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_file_whose_content_is_packed_again_is_refused_with_its_reason(name, collect_bounded, tmp_path, warehouse):
    file, content, reason = PACKED[name]
    path = tmp_path / file
    path.write_bytes(content())
    done, peak = collect_bounded({"kind": "events", "path": str(path)})
    assert (done.returncode, reason in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr
    assert peak < GREATEST_PEAK
    assert warehouse.execute("select count(*) from raw.batches").fetchone() == (0,)


def test_a_body_whose_records_must_be_searched_for_is_refused_when_it_swells(collect_bounded, tmp_path):
    path = tmp_path / "events.json.gz"
    path.write_bytes(long(b'{"data":{"items":[{"a":"', b'"}]}}'))
    done, peak = collect_bounded({"kind": "events", "format": "json", "records": "data.items", "path": str(path)})
    assert done.returncode == 1
    assert "deliver JSON lines" in done.stderr and "Traceback" not in done.stderr
    assert peak < GREATEST_PEAK


def numbered(number):
    return EVENT.replace(b"m1", b"m%d" % number)


@pytest.mark.parametrize(
    ("kind", "form", "before", "records"),
    [
        ("events", "json", b"[", [numbered(number) + b"," for number in range(5_000)]),
        ("posts", "rss", b"<rss><channel>", [ITEM.replace(b">g<", b">g%d<" % number) for number in range(200)]),
        ("orders", "csv", NAMES, [ROW.replace(b"o1", b"o%d" % number) for number in range(5_000)]),
    ],
)
def test_what_stands_before_the_cut_of_a_packed_file_is_stored(
    kind, form, before, records, collect, tmp_path, warehouse
):
    path = tmp_path / "cut.gz"
    content = gzip.compress(before + b"".join(records))
    path.write_bytes(content[: len(content) // 2])
    done = collect({"kind": kind, "format": form, "path": str(path)})
    assert done.returncode == 1
    assert "is cut off: what stands before the cut is stored" in done.stderr and "Traceback" not in done.stderr
    loaded = warehouse.execute("select sum(loaded) from raw.batches").fetchone()[0]
    assert len(records) / 10 < loaded < len(records)


def test_a_document_that_was_read_while_it_was_written_is_read_anew(collect, tmp_path, warehouse):
    path = tmp_path / "posts.rss"
    content = b"<rss><channel>" + ITEM + ITEM.replace(b">g<", b">h<") + b"</channel></rss>"
    path.write_bytes(content[: content.rindex(b"</pubDate>")])
    collect({"kind": "posts", "path": str(path)})
    path.write_bytes(content)
    assert collect({"kind": "posts", "path": str(path)}).returncode == 0
    assert warehouse.execute("select post_id from raw.posts order by 1").fetchall() == [("g",), ("h",)]


def test_elements_that_are_no_objects_are_kept_together_where_they_are_many(collect, tmp_path, warehouse):
    path = tmp_path / "events.json"
    numbers = [str(number).encode() for number in range(400_000)]
    path.write_bytes(b"[" + b", ".join([*numbers, EVENT, *numbers[:7]]) + b"]")
    collect({"kind": "events", "format": "json", "path": str(path)})
    assert warehouse.execute("select sum(loaded) from raw.batches").fetchone() == (1,)
    rows = warehouse.execute("select record_id, reason from quarantine.records order by position").fetchall()
    assert [reason for _, reason in rows[:1_000]] == ["wrong_type"] * 1_000
    assert len(rows) < 1_000 + 20
    kept = [original(warehouse, record) for record, _ in rows]
    assert b", ".join(kept).replace(b", ", b",") == b",".join([*numbers, *numbers[:7]])
