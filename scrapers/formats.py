"""Cut bytes into records: JSON lines, JSON, CSV, RSS and Atom, access logs; each record keeps the bytes it came as."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator

import feedparser
import msgspec

from scrapers import bodies, weblog
from scrapers.entries import Entry, entries
from scrapers.envelopes import ENVELOPES
from scrapers.sources import Source
from scrapers.window import GREATEST_ORIGINAL
from warehouse.check import Arrival, Problem

GREATEST_RECORD = 1024 * 1024
GREATEST_HEAD = 64 * 1024
GREATEST_BODY = 32 * 1024 * 1024
LONE_SURROGATE = re.compile(rb"\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]", re.IGNORECASE)
UNREADABLE = re.compile("[\x00\ud800-\udfff]")
Mapping = Callable[[dict], dict | Problem]


class TooLargeError(Exception):
    """What can only be read as a whole is larger than memory is to hold."""


class NoHeaderError(Exception):
    """The line that names the columns of a file cannot be read, so that nobody can tell what stands in its rows."""


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


def json_array(source: Source, stream: io.BufferedIOBase, mapping: Mapping) -> Iterator[Arrival]:
    """Yield a record for each element of an array, which is the body or stands where the source's `records` says.

    Raises:
        TooLargeError: where to look for `records` is only known when the whole body is.
    """
    is_all = True
    if source.records:
        body = stream.read(GREATEST_BODY + 1)
        if len(body) > GREATEST_BODY:
            raise TooLargeError(
                f"`records` needs a body of no more than {GREATEST_BODY} bytes; split it, or deliver JSON lines"
            )
        found = bodies.inside(body, source.records)
        if found is None:
            yield Arrival(body[:GREATEST_RECORD], Problem("no_records", "nothing stands where `records` says"))
            return
        stream, is_all = io.BytesIO(found[0]), found[1]
    elements = bodies.elements(stream, is_all)
    if source.envelope:
        yield from opened(source, elements, mapping)
        return
    for element in elements:
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
            yield from bodies.elements(io.BytesIO(payload))
        elif part := payload.strip():
            yield part


def _as_it_is(record: dict) -> dict:
    return record


def csv_rows(source: Source, chunks: Iterable[bytes], mapping: Mapping) -> Iterator[Arrival]:
    """Yield a record for each row; the first row names the columns unless the source does.

    Raises:
        NoHeaderError: the first row cannot be read; it is yielded as a problem before.
    """
    taken, size = [], 0

    def decoded(line: bytes) -> str:
        nonlocal size
        taken.append(line)
        size += len(line)
        if size > GREATEST_RECORD:
            raise TooLargeError
        return line.decode(source.encoding, errors="surrogateescape")

    # A map, no generator: after an error it goes on with the next line.
    reader = csv.reader(map(decoded, chunks), delimiter=source.delimiter)
    names, head = source.columns, None
    while True:
        taken.clear()
        size = 0
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, TooLargeError) as error:
            is_long = isinstance(error, TooLargeError)
            problem = Problem("too_large", f"more than {GREATEST_RECORD} bytes") if is_long else Problem("not_csv")
            if names is None:
                yield from _refused(taken, str(error) or problem.detail)
            yield Arrival(b"".join(taken), problem, head)
            continue
        if names is None:
            names, head = [name.removeprefix("\ufeff").strip() for name in row], b"".join(taken)
            if why := _why_no_names(names, source):
                yield from _refused(taken, why)
        elif row:
            original = b"".join(taken).rstrip(b"\r\n")
            yield Arrival(original, _csv_record(row, names, original, mapping), head)


def _why_no_names(names: list[str], source: Source) -> str | None:
    """Return why what stands in a first row cannot be names of columns, None where it can."""
    if any(UNREADABLE.search(name) for name in names):
        return f"it is not {source.encoding}"
    if any("\n" in name and source.delimiter in name for name in names):
        return "a quote in it is never closed"
    return None


def _refused(taken: list[bytes], why: str) -> Iterator[Arrival]:
    """Yield the line that should name the columns as a problem, then end the file: the next line is no header."""
    yield Arrival(b"".join(taken), Problem("no_header", why))
    raise NoHeaderError(
        f"its first line, which names the columns, cannot be read ({why}): mend it, or name them in the sources file "
        "as `columns`; then run it again"
    )


def _csv_record(row: list[str], names: list[str], original: bytes, mapping: Mapping) -> dict | Problem:
    if len(row) != len(names):
        return Problem("wrong_columns", f"{len(row)} columns instead of {len(names)}")
    if not original.isascii() and any("\udc80" <= sign <= "\udcff" for value in row for sign in value):
        return Problem("bad_encoding")
    return mapping(dict(zip(names, row, strict=True)))


def feed_entries(source: Source, stream: io.BufferedIOBase, mapping: Mapping) -> Iterator[Arrival]:
    """Yield a record for each item of an RSS feed or entry of an Atom feed, by feedparser's names."""
    for entry in entries(stream):
        head = entry.head if len(entry.head) <= GREATEST_HEAD else None
        yield Arrival(entry.original, _feed_record(entry, mapping), head)


def _feed_record(entry: Entry, mapping: Mapping) -> dict | Problem:
    if not entry.is_whole:
        return Problem("not_xml", "cut off")
    if len(entry.head) > GREATEST_HEAD:
        return Problem("too_large", f"more than {GREATEST_HEAD} bytes before the first entry")
    if len(entry.original) > GREATEST_RECORD:
        return Problem("too_large", f"more than {GREATEST_RECORD} bytes")
    document = entry.head + entry.original + entry.tail
    parsed = feedparser.parse(document, sanitize_html=True, resolve_relative_uris=False)
    if not parsed.entries:
        return Problem("not_xml")
    found = parsed.entries[0]
    record = {name: value for name, value in found.items() if isinstance(value, str)}
    record["tags"] = [tag.term for tag in found.get("tags", []) if tag.term]
    return mapping(record)


def arrivals(source: Source, body: bytes, mapping: Mapping) -> Iterator[Arrival]:
    """Cut a whole body in the source's format."""
    return streamed(source, io.BytesIO(body), mapping)


def again(source: Source, original: bytes, head: bytes | None, mapping: Mapping) -> dict | Problem:
    """Read one record that was cut before, with what stood around it."""
    if source.format in ("json", "html") and not source.envelope:
        return json_record(original, mapping)
    found = list(arrivals(source, (head or b"") + original, mapping))
    return found[0].record if len(found) == 1 else Problem("not_whole", f"{len(found)} records instead of one")


def streamed(source: Source, stream: io.BufferedIOBase, mapping: Mapping) -> Iterator[Arrival]:
    """Cut a stream in the source's format as it is read."""
    if source.format == "json":
        return json_array(source, stream, mapping)
    if source.format == "rss":
        return feed_entries(source, stream, mapping)
    cut = csv_rows if source.format == "csv" else json_lines
    if source.format == "combined":
        cut = weblog.log_lines
    elif source.envelope:
        cut = opened
    return cut(source, lines(stream), mapping)
