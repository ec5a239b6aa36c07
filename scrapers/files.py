"""A local file of any size as batches, from where the last run ended; memory is bounded by a batch."""

import gzip
import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from scrapers import formats
from scrapers.items import Batch
from scrapers.sources import Source

RECORDS_PER_BATCH = 10_000
BYTES_PER_BATCH = 16 * 1024 * 1024
HEAD_BYTES = 64 * 1024


def batches(source: Source, mapping: formats.Mapping, cursor: dict | None) -> Iterator[Batch]:
    """Yield what stands in the file behind the cursor; nothing where the file is as it was.

    The cursor is {size, modified_ns, head, records}: a file that only grew (same head) is read on from the records
    that are stored, any other change starts anew; what is known already counts as duplicate.
    """
    path = Path(source.path)
    before, status = cursor or {}, path.stat()
    state = {"size": status.st_size, "modified_ns": status.st_mtime_ns, "head": _head(path, status.st_size)}
    if before.get("is_complete") and all(before.get(name) == value for name, value in state.items()):
        return
    done = before.get("records", 0) if _continues(path, before) else 0
    with _opened(path, source) as stream:
        if source.format in ("json", "rss"):
            records = formats.arrivals(source, stream.read(), mapping)
        else:
            records = formats.streamed(source, stream, mapping)
        # What is stored already is cut again but not mapped again: cheap, and right for quoted line ends too.
        records = itertools.islice(records, done, None)
        for chunk in _chunks(records):
            done += len(chunk)
            yield Batch(chunk, state | {"records": done, "is_complete": False})
    yield Batch([], state | {"records": done, "is_complete": True})


def _continues(path: Path, before: dict) -> bool:
    """Say whether the file is the one that the cursor stands in, perhaps longer."""
    return bool(before) and path.stat().st_size >= before["size"] and _head(path, before["size"]) == before["head"]


def _head(path: Path, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(min(size, HEAD_BYTES))).hexdigest()


def _opened(path: Path, source: Source):
    return gzip.open(path) if source.gzip or path.suffix == ".gz" else path.open("rb", buffering=1024 * 1024)


def _chunks(records: Iterator) -> Iterator[list]:
    chunk, size = [], 0
    for record in records:
        chunk.append(record)
        size += len(record.original)
        if len(chunk) >= RECORDS_PER_BATCH or size >= BYTES_PER_BATCH:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def is_readable(source: Source) -> bool:
    """Say whether the source's file can be opened."""
    return os.access(source.path, os.R_OK)
