"""How the pages of a feed follow one another: by the Link header (RFC 8288), or by what the body says."""

import re

import msgspec
from w3lib.url import add_or_replace_parameter

from scrapers import bodies
from scrapers.sources import Source

LINK = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?(next|prev)\b')


class PagingError(Exception):
    """A page does not say which one follows."""


def links(response) -> dict[str, str]:
    """Return the URLs of the next and previous pages as far as the Link header names them."""
    header = response.headers.get("Link", b"").decode("latin-1")
    return {relation: response.urljoin(url) for url, relation in LINK.findall(header)}


def following(source: Source, response) -> str | None:
    """Return the URL of the next page, None after the last.

    Raises:
        PagingError: the body is broken, so that it cannot say.
    """
    if not source.next:
        return links(response).get("next")
    value = _value(response.body, source.next)
    if value in (None, "", False):
        return None
    if isinstance(value, str) and value.startswith(("http://", "https://", "/", "?")):
        return response.urljoin(value)
    return add_or_replace_parameter(response.url, source.next_parameter, str(value))


def _value(body: bytes, path: str) -> object:
    """Return what stands at a path; of a body that one record breaks, the only value of its last name."""
    try:
        value = msgspec.json.decode(body)
    except bodies.BROKEN as error:
        name = re.escape(path.split(".")[-1].encode())
        found = set(re.findall(rb'"%s"\s*:\s*("(?:[^"\\]|\\.)*"|\d+|null|false)' % name, body))
        if len(found) != 1:
            raise PagingError(f"the body is broken and does not tell what stands at `{path}`") from error
        return msgspec.json.decode(found.pop())
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
