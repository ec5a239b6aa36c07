"""Personal data inside free text: masked at the door; a handle becomes a pseudonym that agrees with its owner's index.

Masked are e-mail addresses, mobile numbers of China, numbers in international form, and @handles. Names of people are
not: nothing cheap tells them from other words.
"""

import re

from warehouse import vault

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+(?:@|%40)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}")
PHONE = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\+\d{1,3}[- (]{0,2}\d(?:[- ()]{0,2}\d){6,12})"
    r"(?![A-Za-z0-9])"
)
HANDLE = re.compile(r"(?<![A-Za-z0-9_@.])@([^\W\d]\w{0,29}(?:@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)?)")
HANDLE_DIGITS = 16
ADDRESSES, PROSE = "addresses", "prose"
COLUMNS = {"posts": {"content": PROSE, "url": ADDRESSES, "extra": PROSE}, "email_events": {"url": ADDRESSES}}


def masked(text: str, kind: str = PROSE) -> str:
    """Return a text without personal data; of a URL (`addresses`) digits stay: they are ids rather than phones."""
    if "@" in text or "%40" in text:
        text = EMAIL.sub("[email]", HANDLE.sub(_pseudonym, text))
    return PHONE.sub("[phone]", text) if kind is PROSE else text


def mask(table: str, record: dict) -> dict:
    """Mask, in place, the free texts of a record for one raw table."""
    for column, kind in COLUMNS[table].items():
        value = record.get(column)
        if isinstance(value, str):
            record[column] = masked(value, kind)
        elif isinstance(value, dict):
            record[column] = {k: masked(v, kind) if isinstance(v, str) else v for k, v in value.items()}
    return record


def _pseudonym(found: re.Match) -> str:
    return "@" + vault.index("handle", found[1]).hex()[:HANDLE_DIGITS]
