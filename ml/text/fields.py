"""Fields that hold several keywords in one text, each parted by what its field demands."""

import re
from functools import cache

# The signs that part the keywords of a field; a blank is one only where keywords are single words.
SEPARATORS = {
    "brand": "",
    "category": ">›»",
    "keywords": ",，、;；|\n\t",
    "search": ",，、;；|\n\t\u3000 ",
}
QUOTES = ('""', "''", "“”", "‘’", "「」", "『』", "《》")


def split_keywords(text: str | None, field: str) -> list[str]:
    """Return the keywords of a field of SEPARATORS, in order, each once.

    What stands between quotes is one keyword, whatever is in it; a quote within a word is an apostrophe.
    """
    found = (part[part.lastindex] for part in _pattern(SEPARATORS[field]).finditer(text or ""))
    kept = (" ".join(keyword.split()) for keyword in found)
    return list(dict.fromkeys(keyword for keyword in kept if keyword))


@cache
def _pattern(separators: str) -> re.Pattern:
    """Match one keyword: in quotes that end where the keyword ends, or up to the next separator."""
    listed = re.escape(separators)
    behind, bare = (rf"(?=[{listed}]|\Z)", f"[^{listed}]+") if separators else (r"\Z", "(?s:.+)")
    quoted = "|".join(f"{opening}([^{closing}]*){closing}" for opening, closing in QUOTES)
    return re.compile(rf"\s*(?:{quoted})\s*?{behind}|({bare})")
