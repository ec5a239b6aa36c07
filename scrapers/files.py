"""A local file of any size into the warehouse, from where the last run ended; memory is bounded by a batch.

Lines are read in blocks, which processes of their own check side by side (blocks.py); what has records over several
lines, or a head line, is cut here. Batches are stored one after another, each with the cursor that goes on behind it.
"""

import gzip
import hashlib
import io
import itertools
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

from scrapers import formats
from scrapers.blocks import BROKEN_OFF, Block, checked_blocks
from scrapers.run import Run
from scrapers.sources import Source
from warehouse.load import prepare

RECORDS_PER_BATCH = 10_000
BYTES_PER_BATCH = 16 * 1024 * 1024
BYTES_PER_HASH = 1024 * 1024
LINES = ("jsonl",)  # formats in which a line is a record whatever stands around it
DOCUMENTS = ("json", "rss")  # formats that have an end: what grew is another document
PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}
log = logging.getLogger(__name__)


def read(run: Run) -> bool:
    """Store what stands in the run's file behind its cursor; say whether it could be read to its end."""
    path, stored = Path(run.source.path), None
    try:
        for block, cursor in _batches(run, path):
            if stored:
                stored.result()  # one batch is stored while the next is checked, never more
            if run.is_over:
                return False
            stored = run.thread.submit(run.store, block.batch, block.fields, cursor, None, block.content_hash)
        if stored:
            stored.result()
        return not run.is_over
    except EOFError:
        log.error("%s is cut off: what stands before the cut is stored", path)
    except BROKEN_OFF as error:
        log.error("cannot read on in %s: %s", path, error)
    return False


def _batches(run: Run, path: Path) -> Iterator[tuple[Block, dict]]:
    """Yield what stands in the file behind the cursor; nothing where the file is as it was.

    The cursor is {size, modified_ns, done, is_complete, content}: a file whose beginning is all that was read before is
    read on behind the `done` bytes of lines or records that are stored, any other change starts anew; what is known
    already counts as duplicate. `content` is the hash of the first `size` bytes,
    where a format can grow.
    """
    source, before, status = run.source, run.cursor or {}, path.stat()
    state = {"size": status.st_size, "modified_ns": status.st_mtime_ns}
    is_same = all(before.get(name) == value for name, value in state.items())
    if is_same and before.get("is_complete"):
        return
    done = before.get("done", 0) if is_same or _has_grown(source, state, before) else 0
    cut = checked_blocks if source.format in LINES else _records
    content = None if source.format in DOCUMENTS else _hash_aside(path, state["size"])
    with _opened(path, source) as stream:
        _refuse_packed(source, stream)
        for block in cut(run, stream, done, status.st_size):
            done = block.done
            yield block, state | {"done": done, "is_complete": False}
    nothing = Block(prepare(run.contract, [], source.business), Counter(), done)
    yield nothing, state | {"done": done, "is_complete": True, "content": content and content.result()}


def _records(run: Run, stream: io.BufferedIOBase, done: int, size: int) -> Iterator[Block]:
    """Cut records one after another; `done` counts those before."""
    watched = stream if run.source.format in DOCUMENTS else _Lines(stream)
    records = formats.streamed(run.source, watched, run.mapping)
    # What is stored already is cut again but not checked again: cheap, and right for quoted line ends too.
    for chunk in _chunks(itertools.islice(records, done, None)):
        done += len(chunk)
        is_open = run.source.format not in DOCUMENTS and not watched.is_ended
        yield Block(prepare(run.contract, chunk, run.source.business), run.shapes.take(), done - is_open)


class _Lines:
    """Hands out lines and remembers how the last one ended: without an end it may still grow, and is read again."""

    def __init__(self, stream: io.BufferedIOBase):
        self.stream, self.is_ended = stream, True

    def readline(self, limit: int) -> bytes:
        line = self.stream.readline(limit)
        self.is_ended = line.endswith(b"\n") if line else self.is_ended
        return line


def _chunks(records: Iterator) -> Iterator[list]:
    chunk, size, problem = [], 0, None
    try:
        for record in records:
            chunk.append(record)
            size += len(record.original)
            if len(chunk) >= RECORDS_PER_BATCH or size >= BYTES_PER_BATCH:
                yield chunk
                chunk, size = [], 0
    except BROKEN_OFF as error:
        problem = error
    if chunk:
        yield chunk
    if problem:
        raise problem


def _has_grown(source: Source, state: dict, before: dict) -> bool:
    """Say whether the file begins with all that was read of it before."""
    is_longer = "content" in before and state["size"] >= before["size"]
    return (
        is_longer and source.format not in DOCUMENTS and _hash(Path(source.path), before["size"]) == before["content"]
    )


def _hash_aside(path: Path, size: int) -> Future[str]:
    """Begin to hash the first bytes of a file beside reading it; a run that ends early does not wait for it."""
    found: Future[str] = Future()

    def work() -> None:
        try:
            found.set_result(_hash(path, size))
        except OSError as error:
            found.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return found


def _hash(path: Path, size: int) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (piece := file.read(min(size, BYTES_PER_HASH))):
            found.update(piece)
            size -= len(piece)
    return found.hexdigest()


def _opened(path: Path, source: Source):
    return gzip.open(path) if _is_packed(source) else path.open("rb", buffering=1024 * 1024)


def _is_packed(source: Source) -> bool:
    return source.gzip or source.path.endswith(".gz")


def _refuse_packed(source: Source, stream) -> None:
    """Raise OSError where what is read is still packed: none of it could be read as records."""
    for sign, name in PACKED.items():
        if stream.peek(len(sign)).startswith(sign):
            inside = " inside gzip" if _is_packed(source) else ""
            raise OSError(f"it holds {name}{inside}; unpack it first, or say `gzip: true` if it is gzip, once")


def is_readable(source: Source) -> bool:
    """Say whether the source's file can be opened."""
    return os.access(source.path, os.R_OK)
