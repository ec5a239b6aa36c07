"""Neighbours that a broken record of an array has swallowed, found again by the key that records begin with.

Where a quote or a bracket is lost, nobody can tell by counting them where the next record begins. But records of one
array begin with one key, and inside of a string its quotes are escaped: `,{"id":` is the beginning of a record, unless
records hold others of their own kind. Then nothing is cut.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

KEY = re.compile(rb'\s*+\{\s*+("[^"\\\n]{1,200}+"\s*+:)')
BEGIN = re.compile(rb'([,\[:])\s*+\{\s*+("[^"\\\n]{1,200}+"\s*+:)')
# What goes on in the midst of a record: the one before was cut off too early.
MIDST = re.compile(rb'\s*+(?:"[^"\\\n]*+"\s*+:|\{\s*+[^"\s}])')
END = re.compile(rb"\}\s*+\]")
MOST_ENDS = 8
GREATEST_JOINED = 1024 * 1024
BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def whole(elements: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the elements of an array; of one that is broken what stands before the records that it swallowed, and they.

    What was cut at commas comes out of it byte for byte when it is joined by commas, but for the end of an array.
    """
    keys, is_nesting = (), False
    for element in _joined(elements):
        found = KEY.match(element)
        if found and found[1] not in keys[:1]:
            keys = (found[1], *keys[:1])
        behind = found.end() if found else 0
        if is_nesting or not any(element.find(key, behind) >= 0 for key in keys):
            yield element
            continue
        signs = {begin[1] for begin in BEGIN.finditer(element, behind) if begin[2] in keys}
        is_nesting = bool(signs) and _is_json(element)
        yield from _pieces(element, keys, behind) if signs == {b","} and not is_nesting else [element]


def _joined(elements: Iterable[bytes]) -> Iterator[bytes]:
    """Yield elements, those that were cut off in their midst as one."""
    held, size = [], 0
    for element in elements:
        if held and (size > GREATEST_JOINED or not MIDST.match(element)):
            yield b",".join(held)
            held, size = [], 0
        held.append(element)
        size += len(element)
    if held:
        yield b",".join(held)


def _pieces(element: bytes, keys: tuple[bytes, ...], behind: int) -> Iterator[bytes]:
    """Yield an element in pieces, each from a comma before a record to the next."""
    start = 0
    for begin in BEGIN.finditer(element, behind):
        if begin[2] in keys:
            yield element[start : begin.start()]
            start = begin.start() + 1
    last = element[start:]
    ends = islice(END.finditer(last), MOST_ENDS)
    end = next((end for end in ends if _is_json(last[: end.start() + 1])), None)
    if end is None:
        yield last
        return
    yield last[: end.start() + 1]
    yield last[end.end() :]  # the end of the array was not seen as one: what is left follows it


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except BROKEN:
        return False
    return True
