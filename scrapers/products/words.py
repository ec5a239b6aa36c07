"""Texts and words of schema.org values: cleaned, shortened to their last segment, told by words.csv."""

import csv
import html
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from lxml.html.defs import tags

BLOCKS = {"br", "dd", "div", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "table", "td", "th", "tr", "ul"}
TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,10})(?:[\s/][^<>]{0,2000})?>")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
SPACE = re.compile(r"\s+")
GTIN_LENGTHS = (8, 12, 13, 14)


def clean(stated: str) -> str | None:
    """Return a text as a reader sees it: no entities, tags, control or direction-forcing characters; None if empty."""
    text = html.unescape(stated) if "&" in stated else stated
    text = TAG.sub(_untagged, text) if "<" in text else text
    return SPACE.sub(" ", CONTROL.sub("", text)).strip() or None


def _untagged(tag: re.Match) -> str:
    """Return what stands for a tag of HTML; what only looks like one, as in `龙井 <Longjing>`, stays."""
    name = tag[1].lower()
    return tag[0] if name not in tags else " " if name in BLOCKS else ""


def verbatim(value) -> str | None:
    """Return a value as it is written, without what no database takes, 512 characters at most."""
    return CONTROL.sub("", str(value)).strip()[:512] if value is not None else None


def text(value) -> str | None:
    """Return the text of a value in any of its forms: plain, a number, a thing with a name, the first of a list."""
    for _ in range(4):
        if isinstance(value, list):
            value = next((one for one in value if one not in (None, "", [], {})), None)
        elif isinstance(value, dict):
            value = next((value[key] for key in ("@value", "name", "value") if value.get(key)), None)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        return str(value)
    return clean(value) if isinstance(value, str) else None


def link(value) -> str | None:
    """Return the address of a value in any of its forms: plain, an object with a url, the first of a list."""
    for _ in range(4):
        if isinstance(value, list):
            value = next((one for one in value if one not in (None, "", [], {})), None)
        elif isinstance(value, dict):
            value = next((value[key] for key in ("url", "contentUrl", "@id") if value.get(key)), None)
    return CONTROL.sub("", value).strip() or None if isinstance(value, str) else None


def segment(stated: str) -> str:
    """Return the last segment of a vocabulary's name: `InStock` of `https://schema.org/InStock` or `schema:InStock`."""
    return re.split(r"[/#:]", stated.strip().rstrip("/#"))[-1]


def word(field: str, value) -> str | None:
    """Return schema.org's word for an availability or a condition; a word that nobody knows stays as it is stated."""
    stated = link(value) if isinstance(value, dict) else text(value)
    if not stated:
        return None
    last = segment(stated)
    return _words().get((field, re.sub(r"[\W_]", "", last).casefold())) or last or None


def gtin(value) -> str | None:
    """Return the digits of a GTIN, EAN, UPC or ISBN; None where their number is none of a GTIN's."""
    digits = re.sub(r"[\s-]", "", text(value) or "")
    return digits if digits.isascii() and digits.isdigit() and len(digits) in GTIN_LENGTHS else None


def moment(value) -> str | None:
    """Return a stated date or time as ISO 8601 with its zone (UTC where none is stated), None where it is none."""
    try:
        stated = datetime.fromisoformat(text(value) or "")
    except ValueError:
        return None
    if not 1990 < stated.year < 2200:
        return None
    return (stated if stated.tzinfo else stated.replace(tzinfo=UTC)).isoformat()


@cache
def _words() -> dict[tuple[str, str], str]:
    with (Path(__file__).parent / "words.csv").open(encoding="utf-8", newline="") as lines:
        return {(row["field"], row["stated"]): row["word"] for row in csv.DictReader(lines)}
