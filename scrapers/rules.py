"""The rules of a mapping that are more than a field, a word or a time; each may stand inside another.

column: {any: [a, b.c, {epoch: d}]}                  the first of these that is there
column: {words: [type, class], map: {...}, refuse: {...}}
                                                     the longest of `type/class`, `type` that `map` knows, or `refuse`:
                                                     there the value is the reason of the quarantine
column: {first: tags}                                the first of a list, or the value itself
column: {epoch: ts}                                  Unix time: seconds, milli-, micro- or nanoseconds by their size
column: {html: content}                              the text of an HTML fragment
column: {masked: reason}                             without e-mail addresses, phone numbers and handles
column: {field: context, without: [ip, traits]}      an object without some of its members
column: {pseudonym: client}                          a keyed hash of a value
column: {digest: [a, b.c]}                           a keyed hash of some fields: an id for what has none
"""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from w3lib.html import remove_tags

from scrapers.masking import masked
from warehouse import vault

Rule = Callable[[dict], object]
Inner = Callable[..., Rule]  # compiles a rule within a rule
DETERMINISTIC = msgspec.json.Encoder(order="deterministic")
PSEUDONYM_DIGITS = 32
# A size belongs to one unit only: 1e11 seconds lie in the year 5138, 1e11 milliseconds in 1973.
UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (0, 1))
LINE_ENDS = re.compile(r"<br\b[^>]*>|</(?:p|div|li|blockquote)>", re.IGNORECASE)


class RuleError(Exception):
    """A record does not fit a rule: its arguments are a problem's."""


def any_of(steps: dict, inner: Inner) -> Rule:
    """Compile `any`: the first of several rules that gives something."""
    rules = [inner(rule) for rule in steps["any"]]
    return lambda record: next((value for rule in rules if (value := rule(record)) not in (None, "")), None)


def words(steps: dict, inner: Inner) -> Rule:
    """Compile `words`: one word for the most specific of several, or the reason why it is no record of this kind."""
    rules, known, refused = [inner(rule) for rule in steps["words"]], steps.get("map", {}), steps.get("refuse", {})

    def word(record: dict):
        parts = [_written(value) for rule in rules if (value := rule(record)) not in (None, "")]
        for length in range(len(parts), 0, -1):
            path = "/".join(parts[:length])
            if path in known:
                return known[path]
            if path in refused:
                raise RuleError(refused[path], "the mapping refuses this word")
        if parts:
            raise RuleError("unknown_value", "its mapping does not know this word")
        return None

    return word


def _written(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def first(steps: dict, inner: Inner) -> Rule:
    """Compile `first`: the first element of a list, or the value where it is none."""
    take = inner(steps["first"])

    def one(record: dict):
        value = take(record)
        return next(iter(value), None) if isinstance(value, list) else value

    return one


def epoch(steps: dict, inner: Inner) -> Rule:
    """Compile `epoch`: a Unix time of any unit, as a number or its digits; what is none stays as it is."""
    take = inner(steps["epoch"], kind=None)

    def moment(record: dict):
        value = take(record)
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}(\.\d+)?", value):
            value = float(value) if "." in value else int(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        unit = next(unit for least, unit in UNITS if abs(value) >= least)
        try:
            return datetime.fromtimestamp(value / unit, UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise RuleError("out_of_range", "no time that a calendar knows") from error

    return moment


def text_of_html(steps: dict, inner: Inner) -> Rule:
    """Compile `html`: the text of a fragment, a line for each paragraph."""
    take = inner(steps["html"])

    def text(record: dict):
        value = take(record)
        if not isinstance(value, str):
            return value
        return html.unescape(remove_tags(LINE_ENDS.sub("\n", value))).strip()

    return text


def without_personal(steps: dict, inner: Inner) -> Rule:
    """Compile `masked`: a text without the addresses, numbers and handles of people."""
    take = inner(steps["masked"])

    def text(record: dict):
        value = take(record)
        return masked(value) if isinstance(value, str) else value

    return text


def without(steps: dict, inner: Inner) -> Rule:
    """Compile `without`: an object without some of its members."""
    take, left_out = inner(steps["field"]), frozenset(steps["without"])

    def rest(record: dict):
        value = take(record)
        return {k: v for k, v in value.items() if k not in left_out} if isinstance(value, dict) else value

    return rest


def pseudonym(steps: dict, inner: Inner) -> Rule:
    """Compile `pseudonym`: equal for equal values, and telling nothing without the key."""
    take = inner(steps["pseudonym"])

    def name(record: dict):
        value = take(record)
        if value in (None, ""):
            return None
        return vault.index("pseudonym", str(value)).hex()[:PSEUDONYM_DIGITS]

    return name


def digest(steps: dict, inner: Inner) -> Rule:
    """Compile `digest`: equal for records that agree in all the fields named; nothing where all are missing."""
    rules = [inner(rule) for rule in steps["digest"]]

    def identity(record: dict):
        values = [rule(record) for rule in rules]
        if all(value in (None, "") for value in values):
            return None
        return vault.fingerprint(DETERMINISTIC.encode(values)).hex()

    return identity


RULES = {
    "any": any_of,
    "words": words,
    "first": first,
    "epoch": epoch,
    "html": text_of_html,
    "masked": without_personal,
    "without": without,
    "pseudonym": pseudonym,
    "digest": digest,
}
FURTHER_STEPS = {"words": {"map", "refuse"}, "without": {"field"}}
READS = {"any", "words", "first", "epoch", "html", "masked", "pseudonym"}


def rule_of(steps: dict) -> str | None:
    """Return the name of the rule of this module that the steps are, None where they are none."""
    return next((name for name in RULES if name in steps), None)
