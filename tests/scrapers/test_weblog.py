import io

import pytest

from scrapers import formats
from scrapers.mapping import compiled
from scrapers.sources import read
from scrapers.weblog import LINES_REMEMBERED, Occurrences, fields_of
from warehouse.check import Problem

LINE = (
    b'203.0.113.9 - li [17/May/2015:10:05:03 +0200] "GET /tea?q=li%40mail.example HTTP/1.1" 200 512 '
    b'"https://s.example/@li" "Mozilla \\"X\\""'
)


@pytest.fixture
def source(server, tmp_path):
    file = tmp_path / "sources.yml"
    file.write_text("business: toy\nsources: {log: {preset: access_log, path: access.log}}")
    return read(file)["log"]


def cut(source, *lines):
    stream = io.BufferedReader(io.BytesIO(b"\n".join(lines) + b"\n"))
    return list(formats.streamed(source, stream, compiled(source)))


def test_a_request_is_a_page_and_its_client_a_pseudonym(source):
    (arrival,) = cut(source, LINE)
    record = arrival.record
    assert (arrival.original, record["type"]) == (LINE, "page")
    assert record["occurred_at"].isoformat() == "2015-05-17T10:05:03+02:00"
    assert record["context"]["userAgent"] == 'Mozilla "X"'
    page = record["properties"]
    assert (page["path"], page["method"], page["status"], page["bytes"]) == ("/tea", "GET", 200, 512)
    assert page["search"] == "q=[email]" and record["extra"].keys() == {"login"}
    assert not [word for word in ("203.0.113", "'li'", "@li", "mail.example") if word in str(record)]


def test_equal_lines_are_as_many_requests_and_a_second_reading_gives_the_same(source):
    def ids():
        return [arrival.record["message_id"] for arrival in cut(source, LINE, LINE, LINE.replace(b"512", b"513"))]

    assert len(set(ids())) == 3 and ids() == ids()


def test_a_log_that_grew_by_an_equal_line_has_one_request_more_and_a_replay_none(collect, warehouse, tmp_path):
    path = tmp_path / "access.log"
    entry = {"preset": "access_log", "path": str(path)}
    path.write_bytes(LINE + b"\n")
    assert "1 received = 1 loaded" in collect(entry).stdout
    path.write_bytes(LINE + b"\n" + LINE + b"\n")
    assert "1 received = 1 loaded" in collect(entry).stdout
    warehouse.execute("truncate raw.cursors")
    assert "2 received = 0 loaded + 2 duplicate" in collect(entry).stdout


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE[:-1], "not_combined"),
        (b"oops", "not_combined"),
        (LINE.replace(b"/tea", b"/\xff"), "bad_encoding"),
        (LINE.replace(b"/tea", b"/\x00"), "nul_character"),
        (LINE.replace(b"/tea", b"/" + b"x" * 70_000), "too_large"),
        (LINE.replace(b"May", b"Maj"), "bad_time"),
    ],
)
def test_a_bad_line_has_its_reason_and_good_neighbours(source, line, reason):
    before, bad, after = cut(source, LINE, line, LINE)
    assert (bad.record.reason, bad.original) == (reason, line)
    assert before.record["message_id"] != after.record["message_id"]


def test_what_servers_write_besides_is_read_or_passed_over():
    common = LINE.split(b' "https')[0]
    assert "referrer" not in fields_of(common)
    assert fields_of(LINE + b' 0.012 "10.0.0.1, 10.0.0.2" .') == fields_of(LINE)
    probe = fields_of(LINE.replace(b"GET /tea?q=li%40mail.example HTTP/1.1", b"\\x16\\x03\\x01"))
    assert probe["request"] == "\\x16\\x03\\x01" and "path" not in probe


@pytest.mark.timeout(60)  # a pattern that tries again and again would take hours
def test_a_line_made_to_be_slow_is_not(source):
    assert isinstance(fields_of(LINE + b' "a"' * 10_000 + b' "'), Problem)


def test_lines_are_remembered_as_long_as_they_can_share_a_second_and_no_longer():
    occurrences = Occurrences(remembered=10)
    assert [occurrences.of(b"x") for _ in range(3)] == [0, 1, 2]
    for number in range(9):
        occurrences.of(b"%d" % number)
    assert occurrences.of(b"x") == 3
    for number in range(100):
        occurrences.of(b"%d" % number)
    assert len(occurrences.recent) + len(occurrences.older) <= 20 < LINES_REMEMBERED
    assert occurrences.of(b"x") == 0
