"""Cut JSON bodies into the bytes of their records as they are read; one broken record does not hide its neighbours."""

import io
import re
from collections.abc import Iterator

import msgspec

from scrapers import salvage
from scrapers.window import GREATEST_ORIGINAL, Window

BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
MOST_STRAYS = 1_000
STRAY_BYTES = 512 * 1024
# Brackets that close again within so many levels are one token: most records are one, found at the speed of C.
LEVELS = 6
STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'


def _closed(levels: int) -> bytes:
    inner = b"|" + _closed(levels - 1) if levels > 1 else b""
    return rb'[\[{](?:[^"\\\[\]{}]++|\\.|%s"%s)*+[\]}]' % (STRING, inner)


# What is open at the end of what was read so far may go on behind it.
OPEN = rb"(?P<open>%s(?P<half>\\?+)\Z|\\\Z)" % STRING
TOKEN = re.compile(rb'%s|%s"|%s|\s{2,}+|\\.|["\[\]{},]' % (_closed(LEVELS), STRING, OPEN), re.DOTALL)


def elements(stream: io.BufferedIOBase, is_all: bool = True) -> Iterator[bytes]:
    """Yield the elements of an array, or the one value that the body is; `is_all` says that nothing may follow it.

    After MOST_STRAYS elements that are neither object nor array, what stands between two that are is one: a body of
    millions of numbers is a few records in quarantine, bit for bit.
    """
    window = Window(stream)
    if window.begin() == b"[":
        yield from _gathered(salvage.whole(_through(window, is_all)))
    elif (rest := window.rest()) and rest != b"null":
        yield rest
    window.finish()


def _through(window: Window, is_all: bool) -> Iterator[bytes]:
    """Yield the elements of an array, and what follows it where nothing may: a bracket too many ends it too early."""
    yield from _cut(window)
    if is_all and (rest := window.rest()) and rest != b"null":
        yield rest


def inside(body: bytes, path: str) -> tuple[bytes, bool] | None:
    """Return what stands at a path such as `result.data`, and whether that is all.

    Where the body is broken it is not: then all from there to the end is returned.
    """
    try:
        for name in path.split("."):
            body = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])[name])
    except KeyError:
        return None
    except BROKEN:
        place = re.search(rb'"%s"\s*:\s*(?=\[)' % re.escape(path.split(".")[-1].encode()), body)
        return (body[place.end() :], False) if place else None
    return body, True


def _cut(window: Window) -> Iterator[bytes]:
    """Cut an array at the commas of its first level, strings passed over whole; leave the window behind its end.

    What lies between the commas is yielded as it is; of an element that is too large only the beginning.
    """
    depth, start, position, is_too_large = 1, 1, 1, False
    while True:
        token = None
        for token in TOKEN.finditer(window.text, position):
            if token.lastgroup:
                break
            position, sign = token.end(), window.text[token.start()]
            if position - token.start() > 1:
                continue
            if sign in b"[{":
                depth += 1
            elif sign in b"]}":
                depth = max(1, depth - 1) if sign in b"}" else depth - 1
            if depth == 0 or (depth == 1 and sign in b","):
                if not is_too_large:
                    yield window.text[start : token.start()]
                start, is_too_large = position, False
            if depth == 0:
                window.text = window.text[position:]
                return
        is_open = token is not None and token.lastgroup is not None
        position = token.start() if is_open else len(window.text)
        if not is_too_large and len(window.text) - start > GREATEST_ORIGINAL:
            yield window.text[start : start + GREATEST_ORIGINAL]
            is_too_large = True
        if is_too_large or window.text[start:position].isspace():
            start = position
        if is_too_large and is_open:
            window.text, start, position = token["open"][:1] + (token["half"] or b""), 0, 0
        is_more = window.more(start)
        start, position = 0, position - start
        if not is_more and not is_open:
            break
        if not is_more:
            position += 1  # a string that never ends hides nothing behind it
    if not is_too_large:
        yield window.text
    window.text = b""


def _gathered(elements: Iterator[bytes]) -> Iterator[bytes]:
    """Strip elements of the blanks around them, and put strays together where they are many."""
    strays, held, size = 0, [], 0
    for element in elements:
        stripped = element.strip()
        is_stray = stripped[:1] not in (b"{", b"[")
        if held and (not is_stray or size >= STRAY_BYTES):
            yield b",".join(held).strip()
            held, size = [], 0
        if is_stray and strays >= MOST_STRAYS:
            held.append(element)
            size += len(element) + 1
        elif stripped:
            strays += is_stray
            yield stripped
    if held:
        yield b",".join(held).strip()
