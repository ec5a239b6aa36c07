"""Cut whole JSON bodies into the bytes of their records; one broken record does not hide its neighbours."""

import re
from collections.abc import Iterator

import msgspec

BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def elements(body: bytes) -> list[bytes]:
    """Return the elements of an array, or the one object that the body is."""
    if body.lstrip().startswith(b"{"):
        return [body.strip()]
    try:
        return [bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except BROKEN:
        return list(_cut(body))


def inside(body: bytes, path: str) -> bytes | None:
    """Return what stands at a path such as `result.data`, from there to the end where the body is broken."""
    try:
        for name in path.split("."):
            body = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])[name])
    except KeyError:
        return None
    except BROKEN:
        place = re.search(rb'"%s"\s*:\s*(?=\[)' % re.escape(path.split(".")[-1].encode()), body)
        return body[place.end() :] if place else None
    return body


def _cut(body: bytes) -> Iterator[bytes]:
    """Cut an array that does not parse at the commas of its first level; strings are passed over whole."""
    depth, start = 0, None
    for token in re.finditer(rb'"(?:[^"\\\n]|\\.)*"|[\[\]{},]', body):
        sign = token.group()
        if sign in b"[{":
            depth += 1
            if depth == 1:
                start = token.end()
        elif sign in b"]}":
            depth = max(1, depth - 1) if sign == b"}" else depth - 1
        if start is not None and (depth == 0 or (sign == b"," and depth == 1)):
            if element := body[start : token.start()].strip():
                yield element
            start = token.end()
        if depth == 0:
            return
    if start is not None and (rest := body[start:].strip()):
        yield rest
