"""What a mapping does to one value: `match`, `map` and `format`, one after another in this order."""

import re
from collections.abc import Callable
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from scrapers.rules import RuleError
from scrapers.sources import Source, SourcesError

EMPTY = (None, "")


def matched(source: Source, column: str, steps: dict) -> Callable[[object], object]:
    """Return the function that says `then`, filled with the groups of the match, or `else`."""
    then = steps.get("then")
    try:
        pattern = re.compile(steps["match"])
        pattern.sub(str(then), "")  # looks at the groups of `then`
    except (re.error, IndexError) as error:
        raise SourcesError(f"{source.name}: mapping of {column}: {error}") from error

    def change(value):
        if found := pattern.search("" if value is None else str(value)):
            return found.expand(then) if isinstance(then, str) else then
        if "else" in steps or value in EMPTY:
            return steps.get("else")
        raise RuleError("bad_format", "does not match the pattern of its mapping")

    return change


def word(value, words: dict):
    """Say one word for another.

    Raises:
        RuleError: the words do not know it.
    """
    if value in EMPTY:
        return None
    if not isinstance(value, str | int) or value not in words:
        raise RuleError("unknown_value", "its mapping does not know this word")
    return words[value]


def time_of(value, forms: list[str | None], zone: ZoneInfo, kind: type | None):
    """Read a time in the first of the forms that fits, a day where the column holds days; None is ISO 8601."""
    if type(value) is int and forms != [None]:
        value = str(value)  # 20260301
    if value in EMPTY or not isinstance(value, str):
        return value
    for form in forms:
        try:
            moment = _moment(value, form)
        except ValueError:
            continue
        if kind is date:
            return moment.date()
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    raise RuleError("bad_time", f"is no time of the form {' or '.join(form or 'ISO 8601' for form in forms)}")


def _moment(value: str, form: str | None) -> datetime:
    if form == "rfc822":
        return parsedate_to_datetime(value)
    return datetime.strptime(value, form) if form else datetime.fromisoformat(value)
