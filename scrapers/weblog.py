"""Web servers' access logs in the combined format (Apache, nginx), and the common one: a line is a request."""

import re
from collections.abc import Callable, Iterable, Iterator

from scrapers.sources import Source
from warehouse import vault
from warehouse.check import Arrival, Problem

# Behind the user agent many servers write fields of their own.
QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
FURTHER = r'(?: (?:"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"]\S*))*'
LINE = re.compile(rf"(\S+) \S+ (\S+) \[([^\]]+)\] {QUOTED} (\d{{3}}) (\d+|-)(?: {QUOTED} {QUOTED}{FURTHER})?\s*")
ESCAPED = re.compile(r'\\(["\\])')
MONTHS = {"JanFebMarAprMayJunJulAugSepOctNovDec"[at : at + 3]: at // 3 + 1 for at in range(0, 36, 3)}
FIELDS = ("client", "user", "time", "request", "status", "bytes", "referrer", "user_agent")
GREATEST_LINE = 64 * 1024
LINES_REMEMBERED = 100_000


class Occurrences:
    """Count how often a line came before, among the lines that are not far behind: equal lines share their second."""

    def __init__(self, remembered: int = LINES_REMEMBERED):
        self.remembered, self.recent, self.older = remembered, {}, {}

    def of(self, line: bytes) -> int:
        """Return 0 for a new line, 1 for its second time, and so on."""
        key = vault.fingerprint(line)
        count = self.recent.get(key, self.older.get(key, -1)) + 1
        self.recent[key] = count
        if len(self.recent) >= self.remembered:
            self.recent, self.older = {}, self.recent
        return count


def log_lines(source: Source, chunks: Iterable[bytes], mapping: Callable[[dict], dict | Problem]) -> Iterator[Arrival]:
    """Yield a record for each line: its fields, and as `occurrence` how many equal lines came before it.

    So equal requests of one second are as many records, and a file that is read again gives the same ones.
    """
    occurrences = Occurrences()
    for line in chunks:
        original = line.rstrip(b"\r\n")
        if original.strip():
            record = fields_of(original)
            if isinstance(record, dict):
                record["occurrence"] = occurrences.of(original)
                record = mapping(record)
            yield Arrival(original, record)


def fields_of(line: bytes) -> dict | Problem:
    """Return the fields of one line, without those that are a dash."""
    if len(line) > GREATEST_LINE:
        return Problem("too_large", f"more than {GREATEST_LINE} bytes")
    if b"\x00" in line:
        return Problem("nul_character")
    try:
        match = LINE.fullmatch(line.decode())
    except UnicodeDecodeError:
        return Problem("bad_encoding", "no UTF-8")
    if not match:
        return Problem("not_combined", "no line of the combined log format")
    record = {name: value for name, value in zip(FIELDS, match.groups(), strict=True) if value not in (None, "-", "")}
    for name in ("request", "referrer", "user_agent"):
        if name in record and "\\" in record[name]:
            record[name] = ESCAPED.sub(r"\1", record[name])
    for name in record.keys() & {"status", "bytes"}:
        record[name] = int(record[name])
    day, _, rest = record["time"].partition("/")
    if rest[:3] in MONTHS:  # the form of ISO 8601 is read ten times as fast
        record["time"] = f"{rest[4:8]}-{MONTHS[rest[:3]]:02d}-{day}T{rest[9:]}".replace(" ", "")
    method, _, rest = record.get("request", "").partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if protocol.startswith("HTTP/"):
        path, _, search = target.partition("?")
        record |= {"method": method, "path": path, "search": search, "protocol": protocol}
    return record
