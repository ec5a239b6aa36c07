"""Lines in blocks, which processes of their own check side by side; what was loaded before is not checked again."""

import gc
import io
import multiprocessing
import os
import threading
import zlib
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import NamedTuple

from scrapers import formats
from scrapers.mapping import compiled, contract_of
from scrapers.run import Run
from scrapers.sources import Source
from warehouse.drift import Shapes
from warehouse.load import Counts, Prepared, prepare

BYTES_PER_BLOCK = 4 * 1024 * 1024
LINES_PER_BLOCK = 50_000
BYTES_PER_PIECE = 64 * 1024
BROKEN_OFF = (EOFError, OSError, zlib.error, formats.TooLargeError, formats.NoHeaderError)


class Block(NamedTuple):
    """A part of a file held against its contract: what to store, what it showed, and how far the file is read then."""

    batch: Prepared
    fields: Counter
    done: int
    content_hash: bytes | None = None


def checked_blocks(run: Run, stream: io.BufferedIOBase, done: int, size: int) -> Iterator[Block]:
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


def _ahead(items: Iterator, depth: int) -> Iterator:
    """Yield items in their order, so many of them begun before they are needed; an error comes after those before."""
    waiting, problem = deque(), None
    try:
        for item in items:
            waiting.append(item)
            if len(waiting) > depth:
                yield waiting.popleft()
    except BROKEN_OFF as error:
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
