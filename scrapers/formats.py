"""Cut bytes into records: JSON lines, JSON, CSV, RSS and Atom, access logs; each record keeps the bytes it came as."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator

import feedparser
import msgspec

from scrapers import bodies, weblog
from scrapers.envelopes import ENVELOPES
from scrapers.sources import Source
from warehouse.check import Arrival, Problem

GREATEST_RECORD = 1024 * 1024
GREATEST_ORIGINAL = 16 * 1024 * 1024  # of what is too large to load, quarantine keeps so much
LONE_SURROGATE = re.compile(rb"\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]", re.IGNORECASE)
OPENING = re.compile(rb"<(item|entry)\b")
CLOSING = {name: re.compile(rb"</%s\s*>" % name) for name in (b"item", b"entry")}
Mapping = Callable[[dict], dict | Problem]


def lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines of a stream, memory bounded: of a line that is too long only its beginning, once."""
    while line := stream.readline(GREATEST_ORIGINAL):
        yield line
        while len(line) == GREATEST_ORIGINAL and not line.endswith(b"\n"):
            line = stream.readline(GREATEST_ORIGINAL)


def json_lines(source: Source, chunks: Iterable[bytes], mapping: Mapping) -> Iterator[Arrival]:
    """Yield a record for each line that is not empty."""
    for line in chunks:
        stripped = line.strip()
        if stripped:
            yield Arrival(stripped, json_record(stripped, mapping))


def json_record(text: bytes, mapping: Mapping) -> dict | Problem:
    """Return what one JSON object maps to, or the problem with it."""
    if len(text) > GREATEST_RECORD:
        return Problem("too_large", f"more than {GREATEST_RECORD} bytes")
    try:
        record = msgspec.json.decode(text)
    except UnicodeDecodeError:
        return Problem("bad_encoding", "no UTF-8")
    except RecursionError:
        return Problem("too_deep")
    except msgspec.ValidationError:
        return Problem("out_of_range", "a number that no float can hold")
    except msgspec.DecodeError as error:
        return _not_json(text, str(error))
    if not isinstance(record, dict):
        return Problem("wrong_type", "no JSON object")
    return mapping(record)


def _not_json(text: bytes, message: str) -> Problem:
    """Name the well-known ways in which JSON is none (RFC 8259); any other is malformed or cut off."""
    if LONE_SURROGATE.search(text):
        return Problem("lone_surrogate")
    if b"\x00" in text:
        return Problem("nul_character")
    if re.search(rb"\bNaN\b|\bInfinity\b", text):
        return Problem("not_a_number")
    return Problem("not_json", "cut off" if "truncated" in message else "malformed")


def json_array(source: Source, body: bytes, mapping: Mapping) -> Iterator[Arrival]:
    """Yield a record for each element of an array, which is the body or stands where the source's `records` says."""
    found = bodies.inside(body, source.records) if source.records else body
    if found is None:
        yield Arrival(body[:GREATEST_RECORD], Problem("no_records", "nothing stands where `records` says"))
        return
    if source.envelope:
        yield from opened(source, bodies.elements(found), mapping)
        return
    for element in bodies.elements(found):
        yield Arrival(element, json_record(element, mapping))


def opened(source: Source, payloads: Iterable[bytes], mapping: Mapping) -> Iterator[Arrival]:
    """Yield the records inside the payloads of a provider; a payload is an object or an array of objects."""
    envelope = ENVELOPES[source.envelope]
    for part in _parts(payloads):
        content = json_record(part, _as_it_is)
        for record in [content] if isinstance(content, Problem) else envelope(content):
            yield Arrival(part, record if isinstance(record, Problem) else mapping(record))


def _parts(payloads: Iterable[bytes]) -> Iterator[bytes]:
    for payload in payloads:
        if len(payload) > GREATEST_RECORD:
            yield payload  # cut off where it was read: it must not be taken for the whole
        elif payload.lstrip().startswith(b"["):
            yield from bodies.elements(payload)
        elif part := payload.strip():
            yield part


def _as_it_is(record: dict) -> dict:
    return record


def csv_rows(source: Source, chunks: Iterable[bytes], mapping: Mapping) -> Iterator[Arrival]:
    """Yield a record for each row; the first row names the columns unless the source does."""
    taken: list[bytes] = []

    def decoded() -> Iterator[str]:
        for line in chunks:
            taken.append(line)
            yield line.decode(source.encoding, errors="surrogateescape")

    reader = csv.reader(decoded(), delimiter=source.delimiter)
    names, head = source.columns, None
    while True:
        taken.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Arrival(b"".join(taken), Problem("not_csv"), head)
            continue
        if names is None:
            names, head = [name.removeprefix("\ufeff").strip() for name in row], b"".join(taken)
        elif row:
            original = b"".join(taken).rstrip(b"\r\n")
            yield Arrival(original, _csv_record(row, names, original, mapping), head)


def _csv_record(row: list[str], names: list[str], original: bytes, mapping: Mapping) -> dict | Problem:
    if len(original) > GREATEST_RECORD:
        return Problem("too_large", f"more than {GREATEST_RECORD} bytes")
    if len(row) != len(names):
        return Problem("wrong_columns", f"{len(row)} columns instead of {len(names)}")
    if not original.isascii() and any("\udc80" <= sign <= "\udcff" for value in row for sign in value):
        return Problem("bad_encoding")
    return mapping(dict(zip(names, row, strict=True)))


def feed_entries(source: Source, body: bytes, mapping: Mapping) -> Iterator[Arrival]:
    """Yield a record for each item of an RSS feed or entry of an Atom feed, by feedparser's names."""
    found = list(_entries(body))
    if not found:
        return
    head, tail = body[: found[0][0]], body[found[-1][1] :]
    for begin, end, is_whole in found:
        entry = body[begin:end]
        if is_whole:
            yield Arrival(entry, _feed_record(head + entry + tail, mapping), head)
        else:
            yield Arrival(entry[:GREATEST_ORIGINAL], Problem("not_xml", "cut off"), head)


def _entries(body: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where entries begin and end; one that never ends is the last, whatever follows."""
    position = 0
    while opening := OPENING.search(body, position):
        closing = CLOSING[opening[1]].search(body, opening.end())
        position = closing.end() if closing else len(body)
        yield opening.start(), position, bool(closing)


def _feed_record(document: bytes, mapping: Mapping) -> dict | Problem:
    if len(document) > GREATEST_RECORD:
        return Problem("too_large", f"more than {GREATEST_RECORD} bytes")
    parsed = feedparser.parse(document, sanitize_html=True, resolve_relative_uris=False)
    if not parsed.entries:
        return Problem("not_xml")
    entry = parsed.entries[0]
    record = {name: value for name, value in entry.items() if isinstance(value, str)}
    record["tags"] = [tag.term for tag in entry.get("tags", []) if tag.term]
    return mapping(record)


def arrivals(source: Source, body: bytes, mapping: Mapping) -> Iterator[Arrival]:
    """Cut a whole body in the source's format."""
    if source.format == "json":
        return json_array(source, body, mapping)
    if source.format == "rss":
        return feed_entries(source, body, mapping)
    return streamed(source, io.BytesIO(body), mapping)


def again(source: Source, original: bytes, head: bytes | None, mapping: Mapping) -> dict | Problem:
    """Read one record that was cut before, with what stood around it."""
    if source.format in ("json", "html") and not source.envelope:
        return json_record(original, mapping)
    found = list(arrivals(source, (head or b"") + original, mapping))
    return found[0].record if len(found) == 1 else Problem("not_whole", f"{len(found)} records instead of one")


def streamed(source: Source, stream: io.BufferedIOBase, mapping: Mapping) -> Iterator[Arrival]:
    """Cut a stream of lines (jsonl, csv, combined) as it is read."""
    cut = csv_rows if source.format == "csv" else json_lines
    if source.format == "combined":
        cut = weblog.log_lines
    elif source.envelope:
        cut = opened
    return cut(source, lines(stream), mapping)
