"""Phrases by which a reader knows what stands on a page, in many languages: the rows of phrases.csv."""

import csv
import re
from functools import cache
from pathlib import Path

LONGEST = 200
BEHIND = {
    "buy": r"(?!\w)",  # Add to basket – 9.90
    "availability": r"(?=$|\s*[^\w\s])",  # In stock, but no: in stock photography
    "price": r"$",
    "tax": r"$",
    "no_item": r"$",
    "story": r"(?!\w)",
    "per": "",
}


def said(kind: str, text: str) -> str | None:
    """Return the word (or the phrase itself) of the phrase of a kind that a text begins with, a label passed over."""
    found = _beginnings(kind).match(_plain(text[:LONGEST]))
    return _words(kind)[found["phrase"]] if found else None


def ends_with(kind: str, text: str) -> bool:
    """Tell whether a text ends with a phrase of a kind: 18 new from."""
    return bool(_endings(kind).search(_plain(text[-LONGEST:])))


def _plain(text: str) -> str:
    """Return a text as phrases are written: in lower case, numbers as #, no full stops behind abbreviations."""
    return re.sub(r"\d+", "#", re.sub(r"\.(?=\s|$)", "", " ".join(text.casefold().split())))


@cache
def _words(kind: str) -> dict[str, str]:
    with (Path(__file__).parent / "phrases.csv").open(encoding="utf-8", newline="") as lines:
        return {row["phrase"]: row["word"] or row["phrase"] for row in csv.DictReader(lines) if row["kind"] == kind}


def _any(kind: str) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(_words(kind), key=len, reverse=True))


@cache
def _beginnings(kind: str) -> re.Pattern:
    return re.compile(rf"(?:[^:]{{1,30}}:\s*)?(?P<phrase>{_any(kind)}){BEHIND[kind]}")


@cache
def _endings(kind: str) -> re.Pattern:
    return re.compile(rf"(?:^|[^\w])(?:{_any(kind)})\W*$")
