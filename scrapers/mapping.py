r"""From a source's fields to the raw contract's: a mapping is data, compiled once per source.

column: Field                                        as it is; a.b.c reaches into objects
column: {value: GBP}                                 always the same
column: {field: F, format: "%d/%m/%Y %H:%M"}         a time (strptime) in the source's time zone; or a list of forms
column: {field: F, map: {open: Email Opened}}        one word for another; an unknown word is a problem
column: {field: F, match: "^C", then: cancelled, else: completed}
column: {field: F, match: '^(..)(..)$', then: '19\1'} groups; without `else`, no match is a problem
column: {join: [account, bank], with: /}             fields as one; a missing one leaves its place empty
column: {object: {analytics: consent_analytics}}     an object of fields

`match`, `map` and `format` may stand together and follow one another in this order.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from scrapers.sources import Source, SourcesError
from warehouse.check import Problem
from warehouse.raw import CONTRACTS, Record
from warehouse.tables import fields

SEGMENT = {
    "message_id": "messageId",
    "type": "type",
    "event": "event",
    "anonymous_id": "anonymousId",
    "user_id": "userId",
    "occurred_at": "timestamp",
    "sent_at": "sentAt",
    "received_at": "receivedAt",
    "context": "context",
    "properties": "properties",
    "traits": "traits",
}
EMPTY = (None, "")
FEED = {
    "post_id": "id",
    "content": "summary",
    "author": "author",
    "url": "link",
    "posted_at": {"field": "published", "format": "rfc822"},
}


def contract_of(source: Source) -> type[Record]:
    """Return what the records of a source must be."""
    return CONTRACTS[{"catalogue": "products"}.get(source.kind, source.kind)]


def compiled(source: Source) -> Callable[[dict], dict | Problem]:
    """Return the function that maps one record of a source to fields of the contract, or says what is wrong.

    Raises:
        SourcesError: the mapping names a column that the contract does not have, or a rule that does not exist.
    """
    contract = contract_of(source)
    known = {field.name: field.type for field in fields(contract)}
    mapping = source.mapping or {"events": SEGMENT, "posts": FEED}.get(contract.table) or {name: name for name in known}
    if unknown := mapping.keys() - known.keys():
        columns = ", ".join(known)
        raise SourcesError(f"{source.name}: {contract.table} has no column {min(unknown)}; it has {columns}")
    zone = ZoneInfo(source.timezone)
    nulls = tuple(source.nulls)
    plain, ruled, used = {}, [], set()
    for column, rule in mapping.items():
        is_time = known[column] is datetime
        if isinstance(rule, str) and "." not in rule and rule not in plain and not (is_time and zone.key != "UTC"):
            plain[rule] = column
        else:
            steps = {"field": rule} if isinstance(rule, str) else rule
            ruled.append((column, _rule(source, column, steps, known[column])))
            used.update(_fields_used(steps))

    def apply(record: dict) -> dict | Problem:
        mapped, extra = {}, {}
        if nulls:
            record = {key: value for key, value in record.items() if value not in nulls}
        for key, value in record.items():
            if value is None or value == "":
                continue
            if key in plain:
                mapped[plain[key]] = value
            elif key not in used:
                extra[key] = value
        try:
            for column, rule in ruled:
                value = rule(record)
                if value is not None and value != "":
                    mapped[column] = value
        except _RuleError as error:
            return Problem(*error.args)
        if extra:
            mapped["extra"] = extra
        return mapped

    return apply


class _RuleError(Exception):
    """A record does not fit a rule: its arguments are a problem's."""


def _fields_used(steps: dict) -> set[str]:
    """Return the top-level fields of a source that a rule reads whole."""
    if "object" in steps:
        return set(steps["object"].values())
    if "join" in steps:
        return set(steps["join"])
    return {steps["field"]} if "field" in steps and "." not in steps["field"] else set()


def _rule(source: Source, column: str, steps: dict, kind: type) -> Callable[[dict], object]:
    """Return the function of one rule that is more than a plain field; `kind` is the type of its column."""
    known = {"field", "value", "format", "map", "match", "then", "else", "object", "join", "with"}
    if unknown := steps.keys() - known:
        raise SourcesError(f"{source.name}: mapping of {column}: there is no rule `{min(unknown)}`")
    if "value" in steps:
        return lambda record: steps["value"]
    if "object" in steps:
        parts = steps["object"].items()
        return lambda record: {k: record[name] for k, name in parts if record.get(name) not in EMPTY} or None
    take = _joined(steps) if "join" in steps else _reach(steps["field"].split("."))
    changes = []
    if "match" in steps:
        changes.append(_matched(source, column, steps))
    if "map" in steps:
        changes.append(lambda value: _word(value, steps["map"], column))
    if kind is datetime or "format" in steps:
        forms = steps.get("format")
        forms, zone = forms if isinstance(forms, list) else [forms], ZoneInfo(source.timezone)
        changes.append(lambda value: _time(value, forms, zone, column, kind))

    def apply(record: dict):
        value = take(record)
        for change in changes:
            value = change(value)
        return value

    return apply


def _joined(steps: dict) -> Callable[[dict], str | None]:
    """Return the function that reads several fields as one, nothing where all are missing."""
    names, sign = steps["join"], steps.get("with", "")

    def take(record):
        values = ["" if record.get(name) is None else str(record[name]) for name in names]
        return sign.join(values) if any(values) else None

    return take


def _matched(source: Source, column: str, steps: dict) -> Callable[[object], object]:
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
        raise _RuleError("bad_format", f"{column} does not match the pattern of its mapping")

    return change


def _reach(path: list[str]) -> Callable[[dict], object]:
    def take(record):
        for name in path:
            record = record.get(name) if isinstance(record, dict) else None
        return record

    return take


def _word(value, words: dict, column: str):
    if value in EMPTY:
        return None
    if not isinstance(value, str | int) or value not in words:
        raise _RuleError("unknown_value", f"the mapping of {column} does not know this word")
    return words[value]


def _time(value, forms: list[str | None], zone: ZoneInfo, column: str, kind: type):
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
    raise _RuleError("bad_time", f"{column} is no time of the form {' or '.join(form or 'ISO 8601' for form in forms)}")


def _moment(value: str, form: str | None) -> datetime:
    if form == "rfc822":
        return parsedate_to_datetime(value)
    return datetime.strptime(value, form) if form else datetime.fromisoformat(value)
