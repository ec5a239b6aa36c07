"""One form for one word: full or half width, upper or lower case, traditional or simplified Chinese."""

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path


def normalised(text: str | None) -> str:
    """Return the text in half width, lower case and simplified Chinese."""
    plain = unicodedata.normalize("NFKC", text or "").lower()
    return plain if plain.isascii() else simplified(plain)


def simplified(text: str) -> str:
    """Return traditional Chinese as simplified: sign by sign, but for the phrases in which a sign stays or differs."""
    characters, phrases, in_phrases = _traditional()
    return "".join(phrases.get(part) or part.translate(characters) for part in in_phrases.split(text))


@cache
def _traditional() -> tuple[dict[int, str], dict[str, str], re.Pattern]:
    """Return the table of signs, that of phrases, and a pattern that finds a phrase, the longest first."""
    with (Path(__file__).parent / "traditional.csv").open(encoding="utf-8") as lines:
        rows = [(row["traditional"], row["simplified"]) for row in csv.DictReader(lines)]
    characters = {ord(one): other for one, other in rows if len(one) == 1}
    phrases = {one: other for one, other in rows if len(one) > 1}
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return characters, phrases, re.compile(f"({'|'.join(map(re.escape, longest_first))})")
