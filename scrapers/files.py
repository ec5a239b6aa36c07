"""A local file of any size into the warehouse, from where the last run ended; memory is bounded by a batch.

Lines are read in blocks, which processes of their own check side by side; what has records over several lines, or a
head line, is cut here. Batches are stored one after another, each with the cursor that goes on behind it.
"""

import gc
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
from concurrent.futures import Future, ProcessPoolExecutor
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
HEAD_BYTES = 64 * 1024
LINES = ("jsonl",)  # formats in which a line is a record whatever stands around it
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
    except (OSError, zlib.error) as error:
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
    done = before.get("done", 0) if _continues(path, before) else 0
    cut = _lines if source.format in LINES else _records
    with _opened(path, source) as stream:
        for block in cut(run, stream, done, status.st_size):
            done = block.done
            yield block, state | {"done": done, "is_complete": False}
    nothing = Block(prepare(run.contract, [], source.business), Counter(), done)
    yield nothing, state | {"done": done, "is_complete": True}


def _records(run: Run, stream: io.BufferedIOBase, done: int, size: int) -> Iterator[Block]:
    """Cut records one after another; `done` counts those before."""
    if run.source.format in ("json", "rss"):
        records = formats.arrivals(run.source, stream.read(), run.mapping)
    else:
        records = formats.streamed(run.source, stream, run.mapping)
    # What is stored already is cut again but not checked again: cheap, and right for quoted line ends too.
    for chunk in _chunks(itertools.islice(records, done, None)):
        done += len(chunk)
        yield Block(prepare(run.contract, chunk, run.source.business), run.shapes.take(), done)


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

        def ask(block: tuple[bytes, int]) -> tuple[bytes, int, bytes, Future]:
            content_hash = run.hash_of(block[0])
            return *block, content_hash, run.thread.submit(run.known, content_hash)

        def begin(asked: tuple[bytes, int, bytes, Future]) -> tuple[bytes, int, bytes, Counts | Future]:
            content, end, content_hash, known = asked
            return content, end, content_hash, known.result() or pool.submit(_checked_apart, content)

        # A question stands in line behind the batch being stored: asked a block ahead, it is answered in time.
        for content, end, content_hash, found in _ahead(map(begin, _ahead(map(ask, cut), 1)), workers + 1):
            if isinstance(found, Counts):
                batch = Prepared(run.contract, run.source.business, found.received, b"", {}, list, found.quarantined)
                yield Block(batch, Counter(), end, content_hash)
            else:
                yield _block(run, content, end, *found.result(), content_hash)


def blocks(stream: io.BufferedIOBase, position: int) -> Iterator[tuple[bytes, int]]:
    """Yield a stream in blocks that end with a line, each with the place behind its last whole line.

    A last line without an end may still grow: it is yielded, and it will be read again. Of a line longer than any
    that is kept only the beginning is yielded.
    """
    pieces, size, problem, end = [], 0, None, position
    while True:
        try:
            # One read at a time: what was read before a file turns out to be cut off is not lost.
            piece = stream.read1(1024 * 1024)
        except (EOFError, OSError, zlib.error) as error:
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
        if has_end:
            end = position - behind
            if size >= BYTES_PER_BLOCK:
                block = b"".join(pieces)
                yield block[: size - behind], end
                pieces, size = [block[size - behind :]], behind
    if size:
        yield b"".join(pieces), end
    if problem:
        raise problem


def _ahead(items: Iterator, depth: int) -> Iterator:
    """Yield items in their order, so many of them begun before they are needed; an error comes after those before."""
    waiting, problem = deque(), None
    try:
        for item in items:
            waiting.append(item)
            if len(waiting) > depth:
                yield waiting.popleft()
    except (EOFError, OSError, zlib.error) as error:
        problem = error
    yield from waiting
    if problem:
        raise problem


def _begin(source: Source, is_child: bool = False) -> None:
    """Make ready to check blocks of one source; a child ends with its parent, however that ends."""
    global _source, _shapes, _mapping
    _source, _shapes = source, Shapes()
    _mapping = _shapes.watch(compiled(source))
    if is_child:
        # Records are trees, freed when let go of: to look for cycles in the midst of a block costs a tenth.
        gc.freeze()
        gc.disable()
        parent = multiprocessing.parent_process()
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def _checked_apart(content: bytes) -> tuple[int, bytes, dict, Counter]:
    gc.collect()
    return _checked(content)


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


def _continues(path: Path, before: dict) -> bool:
    """Say whether the file is the one that the cursor stands in, perhaps longer."""
    return bool(before) and path.stat().st_size >= before["size"] and _head(path, before["size"]) == before["head"]


def _head(path: Path, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(min(size, HEAD_BYTES))).hexdigest()


def _opened(path: Path, source: Source):
    return gzip.open(path) if source.gzip or path.suffix == ".gz" else path.open("rb", buffering=1024 * 1024)


def is_readable(source: Source) -> bool:
    """Say whether the source's file can be opened."""
    return os.access(source.path, os.R_OK)
