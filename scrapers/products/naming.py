"""The name of what a page is about: the main heading that the page's title repeats."""

import re
from collections.abc import Iterator
from itertools import islice

from scrapers.products.here import Here
from scrapers.products.merging import folded
from scrapers.products.sight import Element, Sight
from scrapers.products.words import clean

MOST_PIECES = 16
LONGEST_TITLE = 1000
SHORTEST_PART = 4
PART = re.compile(r"\s*[|–—·:]\s*|\s+-\s+")


def named(document, sight: Sight, here: Here) -> tuple[str, Element] | None:
    """Return the name of what the page is about and its heading, None where there is not exactly one such name."""
    title = next(document.iter("title"), None)
    title = "" if title is None else (clean("".join(title.itertext())) or "")[:LONGEST_TITLE]
    titles = [title, here.properties.get("og:title", "")[:LONGEST_TITLE]]
    parts = [folded(one) for one in PART.split(title)]
    lower = {folded(sight.text(one)) for one in sight.called("h2", "h3")}
    found = {}
    for heading in sight.called("h1"):
        if any(not here.is_here(link.get("href")) for link in _links(heading)):
            continue
        name = _repeated([text.value for text in islice(sight.within(heading), MOST_PIECES)], titles)
        # Where the main heading is the shop's name, the product's is a lower one, and comes first in the title.
        before = next((parts[:number] for number, one in enumerate(parts) if one and one in folded(name)), [])
        if name and not lower & set(before):
            found.setdefault(folded(name), (name, heading))
    return next(iter(found.values())) if len(found) == 1 else None


def _links(element: Element) -> Iterator:
    """Yield the links around an element and in it."""
    yield from (one.html for one in element.around() if one.html.tag == "a")
    yield from element.html.iter("a")


def _repeated(pieces: list[str], titles: list[str]) -> str | None:
    """Return the beginning of a heading that a title repeats, or the whole one that begins with a part of a title.

    What follows the beginning is a subtitle, such as the edition of a book.
    """
    for form in (str.casefold, folded):
        for count in range(len(pieces), 0, -1):
            name = clean(" ".join(pieces[:count])) or ""
            if form(name) and any(f" {form(name)} " in f" {form(title)} " for title in titles):
                return name
    whole = clean(" ".join(pieces))
    starts = [part for title in titles for part in map(folded, PART.split(title)) if len(part) >= SHORTEST_PART]
    return whole if any(f"{folded(whole)} ".startswith(f"{start} ") for start in starts) else None
