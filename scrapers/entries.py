"""Cut a feed into its items (RSS) or entries (Atom) as it is read, each with the tags that it needs around it."""

import io
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from scrapers.window import GREATEST_ORIGINAL, Window

MOST_BEFORE = 1024 * 1024  # of what stands before the first entry, no more is looked at
GREATEST_END = 1024  # blanks in it and all
OPENING = re.compile(rb"<(item|entry)\b(?!\Z)")
CLOSING = {name: re.compile(rb"</%s\s*>" % name) for name in (b"item", b"entry")}
TAG = re.compile(rb"""<(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""")


class Entry(NamedTuple):
    """An entry as it came, of a great one its beginning; `is_whole` says whether its end was found."""

    original: bytes
    is_whole: bool
    head: bytes
    tail: bytes


def entries(stream: io.BufferedIOBase) -> Iterator[Entry]:
    """Yield the entries of a feed; one that never ends is the last, whatever follows."""
    window, position = Window(stream), 0
    while not (opening := OPENING.search(window.text)) and len(window.text) < MOST_BEFORE and window.more(0):
        pass
    head, tail = framed(window.text[: opening.start() if opening else MOST_BEFORE])
    while True:
        opening = OPENING.search(window.text, position)
        if opening:
            original, position, is_whole = _whole(window, opening.start(), CLOSING[opening[1]])
            yield Entry(original, is_whole, head, tail)
        elif window.more(max(position, len(window.text) - GREATEST_END)):
            position = 0
        else:
            break
    window.finish()


def framed(before: bytes) -> tuple[bytes, bytes]:
    """Return the tags that are open behind the beginning of a document, with its prolog, and those that close them."""
    opened = []
    # Whatever the encoding: all that feeds are written in have ASCII's signs where XML needs them.
    parser = expat.ParserCreate("iso-8859-1")
    parser.UseForeignDTD(True)  # an unknown entity, such as HTML's, is no error
    parser.StartElementHandler = lambda name, attributes: opened.append((name, parser.CurrentByteIndex))
    parser.EndElementHandler = lambda name: opened.pop()
    try:
        parser.Parse(before, False)
    except expat.ExpatError:
        return before, b""
    if not opened:
        return before, b""
    tags = b"".join(TAG.match(before, place)[0] for _, place in opened)
    return before[: opened[0][1]] + tags, b"".join(f"</{name}>".encode("latin-1") for name, _ in reversed(opened))


def _whole(window: Window, begin: int, end: re.Pattern) -> tuple[bytes, int, bool]:
    """Read on to the end of an entry; return it, the place behind it in the window, and whether it has an end."""
    position, beginning = begin, None
    while not (closing := end.search(window.text, position)):
        size = len(window.text)
        if beginning is None and size - begin > GREATEST_ORIGINAL:
            beginning = window.text[begin : begin + GREATEST_ORIGINAL]
        begin = begin if beginning is None else size - GREATEST_END
        if not window.more(begin):
            return beginning or window.text, len(window.text), False
        begin, position = 0, max(0, size - begin - GREATEST_END)
    return beginning or window.text[begin : closing.end()], closing.end(), True
