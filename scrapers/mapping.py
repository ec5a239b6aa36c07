"""From a source's fields to the raw contract's: a mapping is data, compiled once per source.

column: Field                                        as it is; a.b.c reaches into objects
column: {value: GBP}                                 always the same
column: {field: F, format: "%d/%m/%Y %H:%M"}         a time (strptime) in the source's time zone
column: {field: F, map: {open: Email Opened}}        one word for another; an unknown word is a problem
column: {field: F, match: "^C", then: cancelled, else: completed}
column: {object: {analytics: consent_analytics}}     an object of fields
"""

import re
from collections.abc import Callable
from datetime import datetime
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
    plain, ruled, used = {}, [], set()
    for column, rule in mapping.items():
        is_time = known[column] is datetime
        if isinstance(rule, str) and "." not in rule and rule not in plain and not (is_time and zone.key != "UTC"):
            plain[rule] = column
        else:
            steps = {"field": rule} if isinstance(rule, str) else rule
            ruled.append((column, _rule(source, column, steps, zone if is_time else None)))
            used.update(_fields_used(steps))

    def apply(record: dict) -> dict | Problem:
        mapped, extra = {}, {}
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
    return {steps["field"]} if "field" in steps and "." not in steps["field"] else set()


def _rule(source: Source, column: str, steps: dict, zone: ZoneInfo | None) -> Callable[[dict], object]:
    """Return the function of one rule that is more than a plain field."""
    if unknown := steps.keys() - {"field", "value", "format", "map", "match", "then", "else", "object"}:
        raise SourcesError(f"{source.name}: mapping of {column}: there is no rule `{min(unknown)}`")
    if "value" in steps:
        return lambda record: steps["value"]
    if "object" in steps:
        parts = steps["object"].items()
        return lambda record: {k: record[name] for k, name in parts if record.get(name) not in (None, "")} or None
    take = _reach(steps["field"].split("."))
    if "match" in steps:
        pattern = re.compile(steps["match"])
        return lambda record: steps.get("then") if pattern.search(str(take(record) or "")) else steps.get("else")
    if "map" in steps:
        return lambda record: _word(take(record), steps["map"], column)
    if zone or "format" in steps:
        return lambda record: _time(take(record), steps.get("format"), zone or ZoneInfo("UTC"), column)
    return take


def _reach(path: list[str]) -> Callable[[dict], object]:
    def take(record):
        for name in path:
            record = record.get(name) if isinstance(record, dict) else None
        return record

    return take


def _word(value, words: dict, column: str):
    if value in (None, ""):
        return None
    if not isinstance(value, str | int) or value not in words:
        raise _RuleError("unknown_value", f"the mapping of {column} does not know this word")
    return words[value]


def _time(value, form: str | None, zone: ZoneInfo, column: str):
    if value in (None, "") or not isinstance(value, str):
        return value
    try:
        if form == "rfc822":
            moment = parsedate_to_datetime(value)
        else:
            moment = datetime.strptime(value, form) if form else datetime.fromisoformat(value)
    except ValueError as error:
        raise _RuleError("bad_time", f"{column} is no time of the form {form or 'ISO 8601'}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
