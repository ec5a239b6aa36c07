import io
import json
import subprocess
import sys

import pytest
import yaml

from scrapers import blocks, files, formats
from scrapers.mapping import compiled
from scrapers.run import Run
from scrapers.sources import Source, SourcesError
from warehouse.check import Problem
from warehouse.connection import PROJECT


def source(**changes):
    return Source(**{"name": "s", "business": "toy", "kind": "events", "format": "jsonl"} | changes)


def as_it_is(record):
    return record


def cut(text, **changes):
    return list(formats.arrivals(source(**changes), text, as_it_is))


def reasons(arrivals):
    return [arrival.record.reason if isinstance(arrival.record, Problem) else "good" for arrival in arrivals]


POISONED_LINES = {
    b"{oops": "not_json",
    b'{"a": "cut': "not_json",
    b'{"a": NaN}': "not_a_number",
    b'{"a": "\x00"}': "nul_character",
    b'{"a": 1e999}': "out_of_range",
    b'{"a": "\xff"}': "bad_encoding",
    b'{"a": "\\ud800"}': "lone_surrogate",
    b"[" * 20_000 + b"]" * 20_000: "too_deep",
    b"[1]": "wrong_type",
    b'{"a": "' + b"x" * 1_500_000 + b'"}': "too_large",
}


@pytest.mark.parametrize("poison", POISONED_LINES, ids=POISONED_LINES.values())
def test_a_poisoned_line_has_its_reason_its_bytes_and_good_neighbours(poison):
    arrivals = cut(b'{"a": 1}\n' + poison + b'\n{"a": 2}\n')
    assert reasons(arrivals) == ["good", POISONED_LINES[poison], "good"]
    assert arrivals[1].original == poison


def test_one_broken_element_of_an_array_hides_no_neighbour():
    elements = [b'{"a": "x,]}\\""}', b'{"a": NaN}', b'{"a": [1, {"b": 2}]}', b'{"a": tru}', b'{"a": 3}']
    arrivals = cut(b"[" + b",\n".join(elements) + b"]", format="json")
    assert reasons(arrivals) == ["good", "not_a_number", "good", "not_json", "good"]
    assert [arrival.original for arrival in arrivals] == elements
    assert cut(b"[]", format="json") == cut(b"", format="json") == []


def test_csv_rows_keep_their_bytes_quoted_line_ends_too():
    text = b'a,b\r\n1,"two\nlines"\r\nonly one\r\n3,"quoted ""word"""\r\n'
    arrivals = cut(text, format="csv")
    assert reasons(arrivals) == ["good", "wrong_columns", "good"]
    assert arrivals[0].record == {"a": "1", "b": "two\nlines"}
    assert b"\r\n".join([b"a,b", *(arrival.original for arrival in arrivals), b""]) == text


def test_csv_of_another_encoding_is_read_by_it_and_is_bad_by_utf8():
    text = "a;b\nÅngström;1\n".encode("latin-1")
    assert cut(text, format="csv", delimiter=";", encoding="latin-1")[0].record == {"a": "Ångström", "b": "1"}
    assert reasons(cut(text, format="csv", delimiter=";")) == ["bad_encoding"]


RSS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>t</title>
<item><guid>g1</guid><title>好茶</title><description>很 <![CDATA[<b>香</b>]]></description>
<pubDate>Sun, 01 Mar 2026 10:00:00 +0800</pubDate><link>http://127.0.0.1/1</link></item>
<item><guid>g2</guid><description>bad</description><pubDate>someday</pubDate></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>g1</id><title>t</title><summary>s</summary>
<published>2026-03-01T10:00:00Z</published><author><name>li</name></author></entry></feed>"""


def test_an_entry_that_is_cut_off_is_a_problem_and_its_neighbours_are_records():
    posts = source(kind="posts", format="rss")
    first, cut_off = formats.arrivals(posts, RSS.encode().split(b"<description>bad")[0], compiled(posts))
    assert first.record["content"]
    assert (cut_off.record.reason, cut_off.original.startswith(b"<item><guid>g2")) == ("not_xml", True)


def test_posts_are_read_from_rss_and_atom_by_the_same_names():
    mapping = compiled(source(kind="posts", format="rss"))
    first, second = formats.arrivals(source(kind="posts", format="rss"), RSS.encode(), mapping)
    assert (first.record["post_id"], first.record["posted_at"].isoformat()) == ("g1", "2026-03-01T10:00:00+08:00")
    assert "香" in first.record["content"] and first.original.startswith(b"<item><guid>g1")
    assert second.record.reason == "bad_time"
    (entry,) = cut(ATOM.encode(), format="rss")
    assert (entry.record["id"], entry.record["author"]) == ("g1", "li")


def test_a_mapping_renames_translates_matches_and_keeps_the_rest():
    mapping = {
        "order_id": "no",
        "status": {"field": "no", "match": "^C", "then": "cancelled", "else": "completed"},
        "currency": {"value": "GBP"},
        "ordered_at": {"field": "when", "format": "%d/%m/%Y %H:%M"},
        "product_id": "item.id",
        "country": {"field": "land", "map": {"UK": "United Kingdom"}},
    }
    apply = compiled(source(kind="orders", mapping=mapping, timezone="Europe/London"))
    record = {"no": "C1", "when": "01/07/2026 10:00", "item": {"id": "p1"}, "land": "UK", "colour": "red"}
    mapped = apply(record)
    assert mapped.pop("ordered_at").isoformat() == "2026-07-01T10:00:00+01:00"
    assert mapped.pop("extra") == {"colour": "red", "item": {"id": "p1"}}
    assert mapped == {
        "order_id": "C1",
        "status": "cancelled",
        "currency": "GBP",
        "product_id": "p1",
        "country": "United Kingdom",
    }
    assert apply(record | {"land": "Narnia"}).reason == "unknown_value"
    assert apply(record | {"when": "yesterday"}).reason == "bad_time"
    with pytest.raises(SourcesError, match="no rule `regex`"):
        compiled(source(kind="orders", mapping={"order_id": {"field": "no", "regex": "x"}}))


HEAD = "order_id,line_id,product_id,product_name,quantity,unit_price,currency,ordered_at,status"
ROWS = [f"o{n},1,p{n},Tea,1,9.50,CNY,2026-03-01T08:00:00Z,completed" for n in range(1, 4)]
NO_HEADS = {
    "a field without end": HEAD.encode() + b"x" * 200_000,
    "a megabyte": b'"' + b'x","' * 300_000 + b'"',
    "a carriage return in its midst": HEAD.encode().replace(b"status", b"sta\rtus"),
    "another encoding": HEAD.encode().replace(b"status", b"st\xe4tus"),
    "a nul": HEAD.encode().replace(b"status", b"st\x00tus"),
    "a quote that is never closed": HEAD.encode().replace(b"line_id", b'"line_id'),
}


@pytest.mark.parametrize("name", NO_HEADS)
def test_a_csv_whose_columns_nobody_can_tell_is_refused_and_read_when_it_is_mended(name, collect, warehouse, tmp_path):
    path = tmp_path / "orders.csv"
    entry = {"kind": "orders", "format": "csv", "path": str(path)}
    path.write_bytes(b"\n".join([NO_HEADS[name], *(row.encode() for row in ROWS)]) + b"\n")
    for _ in range(2):
        done = collect(entry)
        assert done.returncode == 1 and "its first line, which names the columns, cannot be read" in done.stderr
        assert warehouse.execute("select reason from quarantine.records").fetchall() == [("no_header",)]
        assert warehouse.execute("select count(*) from raw.orders").fetchone() == (0,)
    path.write_text("\n".join([HEAD, *ROWS]) + "\n")
    done = collect(entry)
    assert done.returncode == 0 and "3 received = 3 loaded" in done.stdout, done.stderr


def test_a_csv_of_a_feed_whose_columns_nobody_can_tell_is_refused_too(site, collect, warehouse):
    site.pages["/orders.csv"] = (200, {}, b"\n".join([NO_HEADS["a nul"], *(row.encode() for row in ROWS)]))
    done = collect({"kind": "orders", "format": "csv", "url": f"{site.url}/orders.csv"})
    assert done.returncode == 1 and "its first line, which names the columns, cannot be read" in done.stderr
    assert warehouse.execute("select reason from quarantine.records").fetchall() == [("no_header",)]
    assert warehouse.execute("select received, loaded, quarantined from raw.batches").fetchall() == [(1, 0, 1)]


PEAK = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "scrapers", "toy_events", "--sources", sys.argv[1]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_a_file_of_any_size_streams_in_the_memory_of_a_batch(warehouse, tmp_path):
    def peak(records):
        path, sources = tmp_path / f"{records}.jsonl", tmp_path / "sources.yml"
        moment = "2026-03-01T00:00:00Z"
        with path.open("w") as file:
            for n in range(records):
                record = {"messageId": f"{records}-{n}", "type": "track", "timestamp": moment, "event": "x" * 400}
                file.write(json.dumps(record) + "\n")
        entry = {"kind": "events", "path": str(path)}
        sources.write_text(yaml.safe_dump({"business": "toy", "sources": {"toy_events": entry}}))
        command = [sys.executable, "-c", PEAK, str(sources)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        assert f"{records:,} received = {records:,} loaded" in done.stdout
        return int(done.stdout.split()[-1])

    small, large = peak(100_000), peak(500_000)
    assert large < small + 32 * 1024, f"{large} KiB for five times the file that took {small} KiB"


def test_an_endless_line_is_cut_not_held(tmp_path):
    stream = io.BufferedReader(io.BytesIO(b"x" * (formats.GREATEST_ORIGINAL + 5_000_000) + b"\n{}\n"))
    assert [len(line) for line in formats.lines(stream)] == [formats.GREATEST_ORIGINAL, 3]
    stream = io.BufferedReader(io.BytesIO(b"{}\n" + b"x" * 40_000_000 + b"\n{}\n"))
    cut = list(blocks.blocks(stream, 0))
    assert cut[-1][1] == 40_000_007
    assert max(len(block) for block, _ in cut) < formats.GREATEST_ORIGINAL + 2 * blocks.BYTES_PER_BLOCK
    assert b"".join(block for block, _ in cut)[-5:] == b"x\n{}\n"


def test_a_run_that_was_killed_goes_on_behind_what_is_stored(warehouse, tmp_path):
    path = tmp_path / "events.jsonl"
    lines = [json.dumps({"messageId": f"m{n}", "type": "page", "timestamp": "2026-03-01T00:00:00Z"}) for n in range(99)]
    path.write_text("\n".join(lines[:40]) + "\n" + lines[40])  # the last line may still grow
    local = source(path=str(path), name="toy_events")
    assert files.read(Run(local, warehouse, "first"))
    path.write_text("\n".join(lines) + "\n")
    assert files.read(Run(local, warehouse, "second"))
    rows = warehouse.execute("select run_id, sum(received), sum(loaded) from raw.batches group by 1 order by 1")
    assert rows.fetchall() == [("first", 41, 41), ("second", 59, 58)]


def test_a_row_that_was_being_written_is_read_again_when_it_is_whole(warehouse, tmp_path):
    path = tmp_path / "orders.csv"
    rows = [f"o{n},1,p{n},Tea,1,9.50,CNY,2026-03-01T08:00:00Z,completed" for n in range(1, 4)]
    head = "order_id,line_id,product_id,product_name,quantity,unit_price,currency,ordered_at,status"
    path.write_text("\n".join([head, rows[0], rows[1][:9]]))
    local = source(kind="orders", format="csv", path=str(path), name="toy_orders")
    assert files.read(Run(local, warehouse, "first"))
    path.write_text("\n".join([head, *rows]))
    assert files.read(Run(local, warehouse, "second"))
    assert warehouse.execute("select order_id from raw.orders order by 1").fetchall() == [("o1",), ("o2",), ("o3",)]
    assert warehouse.execute("select reason from quarantine.records").fetchall() == [("wrong_columns",)]
