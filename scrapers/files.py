"""A local file of any size into the warehouse, from where the last run ended; memory is bounded by a batch.

Lines are read in blocks, which processes of their own check side by side; what has records over several lines, or a
head line, is cut here. Batches are stored one after another, each with the cursor that goes on behind it.
"""

import gzip
import hashlib
import io
import itertools
import logging
import multiprocessing
import os
import threading
import zlib
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from scrapers import formats
from scrapers.mapping import compiled, contract_of
from scrapers.run import Run
from scrapers.sources import Source
from warehouse.drift import Shapes
from warehouse.load import Counts, Prepared, prepare

RECORDS_PER_BATCH = 10_000
BYTES_PER_BATCH = 16 * 1024 * 1024
BYTES_PER_BLOCK = 4 * 1024 * 1024
LINES_PER_BLOCK = 50_000
BYTES_PER_PIECE = 64 * 1024
HEAD_BYTES = 64 * 1024
LINES = ("jsonl",)  # formats in which a line is a record whatever stands around it
DOCUMENTS = ("json", "rss")  # formats that have an end: what grew is another document
PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}
BROKEN_OFF = (EOFError, OSError, zlib.error, formats.TooLargeError)
log = logging.getLogger(__name__)


class Block(NamedTuple):
    """A part of a file held against its contract: what to store, what it showed, and how far the file is read then."""

    batch: Prepared
    fields: Counter
    done: int
    content_hash: bytes | None = None


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

    The cursor is {size, modified_ns, head, done, is_complete}: a file that only grew (same head) is read on behind
    the `done` bytes of lines or records that are stored, any other change starts anew; what is known already counts
    as duplicate.
    """
    source, before, status = run.source, run.cursor or {}, path.stat()
    state = {"size": status.st_size, "modified_ns": status.st_mtime_ns, "head": _head(path, status.st_size)}
    if before.get("is_complete") and all(before.get(name) == value for name, value in state.items()):
        return
    done = before.get("done", 0) if _continues(source, state, before) else 0
    cut = _lines if source.format in LINES else _records
    with _opened(path, source) as stream:
        _refuse_packed(source, stream)
        for block in cut(run, stream, done, status.st_size):
            done = block.done
            yield block, state | {"done": done, "is_complete": False}
    nothing = Block(prepare(run.contract, [], source.business), Counter(), done)
    yield nothing, state | {"done": done, "is_complete": True}


def _records(run: Run, stream: io.BufferedIOBase, done: int, size: int) -> Iterator[Block]:
    """Cut records one after another; `done` counts those before."""
    records = formats.streamed(run.source, stream, run.mapping)
    # What is stored already is cut again but not checked again: cheap, and right for quoted line ends too.
    for chunk in _chunks(itertools.islice(records, done, None)):
        done += len(chunk)
        yield Block(prepare(run.contract, chunk, run.source.business), run.shapes.take(), done)


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


def _lines(run: Run, stream: io.BufferedIOBase, done: int, size: int) -> Iterator[Block]:
    """Let processes check blocks of lines side by side; `done` counts the bytes of the whole lines before."""
    stream.seek(done)
    cut = blocks(stream, done)
    if size - done <= BYTES_PER_BLOCK:
        _begin(run.source)
        for content, end in cut:
            yield _block(run, content, end, *_checked(content))
        return
    # Not forked: a child would share the connections of this process.
    context, workers = multiprocessing.get_context("spawn"), min(os.cpu_count() or 1, 4)
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(run.source, True)) as pool:
        yield from _ahead(run, pool, cut, workers + 1)


def blocks(stream: io.BufferedIOBase, position: int) -> Iterator[tuple[bytes, int]]:
    """Yield a stream in blocks that end with a line, each with the place behind its last whole line.

    A last line without an end may still grow: it is yielded, and it will be read again. Of a line longer than any
    that is kept only the beginning is yielded.
    """
    pieces, size, lines, problem, end = [], 0, 0, None, position
    while True:
        try:
            # One read at a time: what was read before a file turns out to be cut off is not lost.
            piece = stream.read1(BYTES_PER_PIECE)
        except BROKEN_OFF as error:
            piece, problem = b"", error
        if not piece:
            break
        position += len(piece)
        behind = len(piece) - piece.rfind(b"\n") - 1
        has_end = behind < len(piece)
        if size >= BYTES_PER_BLOCK + formats.GREATEST_ORIGINAL:
            piece = piece[piece.find(b"\n") :] if has_end else b""
        pieces.append(piece)
        size += len(piece)
        lines += piece.count(b"\n")
        if has_end:
            end = position - behind
            if size >= BYTES_PER_BLOCK or lines >= LINES_PER_BLOCK:
                block = b"".join(pieces)
                yield block[: size - behind], end
                pieces, size, lines = [block[size - behind :]], behind, 0
    if size:
        yield b"".join(pieces), end
    if problem:
        raise problem


def _ahead(run: Run, pool: Executor, cut: Iterator[tuple[bytes, int]], depth: int) -> Iterator[Block]:
    """Yield blocks in their order while the next ones are checked; what was loaded before is not checked again."""
    waiting: deque[tuple[bytes, int, bytes, Counts | Future]] = deque()
    problem = None
    while True:
        try:
            while problem is None and len(waiting) < depth:
                content, end = next(cut)
                content_hash, before = run.thread.submit(run.known, content).result()
                waiting.append((content, end, content_hash, before or pool.submit(_checked, content)))
        except StopIteration:
            cut = iter(())
        except BROKEN_OFF as error:
            problem = error
        if not waiting:
            break
        content, end, content_hash, found = waiting.popleft()
        if isinstance(found, Counts):
            batch = Prepared(run.contract, run.source.business, found.received, b"", {}, list, found.quarantined)
            yield Block(batch, Counter(), end, content_hash)
        else:
            yield _block(run, content, end, *found.result(), content_hash)
    if problem:
        raise problem


def _begin(source: Source, is_child: bool = False) -> None:
    """Make ready to check blocks of one source; a child ends with its parent, however that ends."""
    global _source, _shapes, _mapping
    _source, _shapes = source, Shapes()
    _mapping = _shapes.watch(compiled(source))
    if is_child:
        parent = multiprocessing.parent_process()
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def _checked(content: bytes) -> tuple[int, bytes, dict, Counter]:
    """Return how many records a block has, its good ones as lines for COPY, its problems, and what it showed."""
    arrivals = list(formats.streamed(_source, io.BytesIO(content), _mapping))
    batch = prepare(contract_of(_source), arrivals, _source.business)
    return batch.received, batch.text, batch.problems, _shapes.take()


def _block(run: Run, content: bytes, end: int, received, text, problems, fields, content_hash=None) -> Block:
    def arrivals() -> list:
        return list(formats.streamed(run.source, io.BytesIO(content), dict))

    return Block(
        Prepared(run.contract, run.source.business, received, text, problems, arrivals), fields, end, content_hash
    )


def _continues(source: Source, state: dict, before: dict) -> bool:
    """Say whether the file is the one that the cursor stands in, perhaps longer."""
    if source.format in DOCUMENTS:
        return all(before.get(name) == value for name, value in state.items())
    size = before.get("size", 0)
    return bool(before) and state["size"] >= size and _head(Path(source.path), size) == before["head"]


def _head(path: Path, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(min(size, HEAD_BYTES))).hexdigest()


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
