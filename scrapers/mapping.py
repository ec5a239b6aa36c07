r"""From a source's fields to the raw contract's: a mapping is data, compiled once per source.

column: Field                                        as it is; a.b.c reaches into objects
column: {value: GBP}                                 always the same
column: {field: F, format: "%d/%m/%Y %H:%M"}         a time (strptime) in the source's time zone; or a list of forms
column: {field: F, map: {open: Email Opened}}        one word for another; an unknown word is a problem
column: {field: F, match: "^C", then: cancelled, else: completed}
column: {field: F, match: '^(..)(..)$', then: '19\1'} groups; without `else`, no match is a problem
column: {join: [account, bank], with: /}             fields as one; a missing one leaves its place empty
column: {object: {analytics: consent_analytics}}     an object; its members are fields or rules
extra: {object: {}}                                  what else is kept; without it, all that no column takes

`match`, `map` and `format` may stand together and follow one another in this order. More rules stand in
scrapers/rules.py.
"""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from scrapers import masking
from scrapers.changes import EMPTY, matched, time_of, word
from scrapers.rules import FURTHER_STEPS, READS, RULES, RuleError, rule_of
from scrapers.sources import Source, SourcesError
from warehouse.check import Problem
from warehouse.raw import CONTRACTS, Record
from warehouse.raw.fields import fields
from warehouse.segment import SEGMENT

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
    if unknown := mapping.keys() - known.keys() - {"extra"}:
        columns = ", ".join(known)
        raise SourcesError(f"{source.name}: {contract.table} has no column {min(unknown)}; it has {columns}")
    zone = ZoneInfo(source.timezone)
    nulls = tuple(source.nulls)
    plain, ruled, used, keeps_rest = {}, [], set(), "extra" not in mapping
    to_mask = contract.table if contract.table in masking.COLUMNS else None
    for column, rule in mapping.items():
        is_time = known.get(column) is datetime
        if isinstance(rule, str) and "." not in rule and rule not in plain and not (is_time and zone.key != "UTC"):
            plain[rule] = column
        else:
            steps = {"field": rule} if isinstance(rule, str) else rule
            ruled.append((column, _rule(source, column, steps, known.get(column))))
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
        except RuleError as error:
            reason, detail = error.args
            return Problem(reason, f"{column}: {detail}")
        if extra and keeps_rest:
            mapped["extra"] = extra
        return masking.mask(to_mask, mapped) if to_mask else mapped

    return apply


def _fields_used(steps: object) -> set[str]:
    """Return the top-level fields of a source that a rule reads whole; an id made of fields uses none of them up."""
    if isinstance(steps, str):
        return set() if "." in steps else {steps}
    if isinstance(steps, list):
        return set().union(*map(_fields_used, steps))
    read = [steps[name] for name in ("field", "join", *READS) if name in steps]
    return _fields_used(read + list(steps.get("object", {}).values()))


def _rule(source: Source, column: str, steps: dict, kind: type | None) -> Callable[[dict], object]:
    """Return the function of one rule that is more than a plain field; `kind` is the type of its column."""

    def inner(nested: object, kind: type | None = kind) -> Callable[[dict], object]:
        return _rule(source, column, {"field": nested} if isinstance(nested, str) else nested, kind)

    if name := rule_of(steps):
        if unknown := steps.keys() - {name} - FURTHER_STEPS.get(name, set()):
            raise SourcesError(f"{source.name}: mapping of {column}: `{name}` takes no `{min(unknown)}`")
        return RULES[name](steps, inner)
    if unknown := steps.keys() - {"field", "value", "format", "map", "match", "then", "else", "object", "join", "with"}:
        raise SourcesError(f"{source.name}: mapping of {column}: there is no rule `{min(unknown)}`")
    if "value" in steps:
        return lambda record: steps["value"]
    if "object" in steps:
        parts = {name: inner(rule) for name, rule in steps["object"].items()}
        return lambda record: {k: v for k, rule in parts.items() if (v := rule(record)) not in EMPTY} or None
    take = _joined(steps) if "join" in steps else _reach(steps["field"].split("."))
    changes = []
    if "match" in steps:
        changes.append(matched(source, column, steps))
    if "map" in steps:
        changes.append(lambda value: word(value, steps["map"]))
    if kind is datetime or "format" in steps:
        forms = steps.get("format")
        forms, zone = forms if isinstance(forms, list) else [forms], ZoneInfo(source.timezone)
        changes.append(lambda value: time_of(value, forms, zone, kind))
    if not changes:
        return take

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


def _reach(path: list[str]) -> Callable[[dict], object]:
    if len(path) == 1:
        return lambda record, name=path[0]: record.get(name)

    def take(record):
        for name in path:
            record = record.get(name) if isinstance(record, dict) else None
        return record

    return take
