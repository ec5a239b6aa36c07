"""Audiences as code: a file of `audiences/` says in rules who belongs; the rules are compared and never run as SQL.

`any` lists alternatives, each with rules that `all` hold; `none` lists rules of which one is enough to be left out. An
attribute is a row of the seeds segment_attributes or audience_attributes. The version is the hash of what a file says.
"""

import csv
import difflib
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta
from psycopg.types.json import Jsonb

from warehouse.connection import PROJECT

FOLDER = PROJECT / "audiences"
ATTRIBUTES = ("segment_attributes.csv", "audience_attributes.csv")
OPERATORS = {"number": ("=", "<", "<=", ">", ">=", "in", "not in"), "text": ("=", "in", "not in", "starts with")}
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
VERSION_DIGITS = 12


class AudienceError(Exception):
    """A file says nothing that an audience could be; the message says where, why and what would do."""


class Rule(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What must be true of a customer, as in the seed segment_rules; lists stand for `in` and `not in`."""

    attribute: str
    operator: str
    value: str | int | float | bool | list[str | int | float]
    of: str | int | None = None


class Alternative(msgspec.Struct, forbid_unknown_fields=True):
    """Rules that all hold."""

    all: Annotated[list[Rule], Meta(min_length=1)]


class Definition(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a file says."""

    business: str
    name: str
    description: str
    any: Annotated[list[Alternative], Meta(min_length=1)]
    none: list[Rule] = []


class Audience(NamedTuple):
    """An audience: `rules` are (alternative, place, attribute, of, operator, value); alternative 0 leaves out."""

    audience_id: str
    version: str
    definition: Definition
    rules: list[tuple[int, int, str, str | None, str, str]]


def read(path: Path) -> Audience:
    """Return the audience of a file.

    Raises:
        AudienceError: a name, attribute, operator or value that does not exist or cannot be compared.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", path.stem):
        raise AudienceError(f"{path.name}: an audience is named with small letters, digits and _; rename the file")
    try:
        definition = msgspec.yaml.decode(path.read_bytes(), type=Definition)
    except msgspec.MsgspecError as error:
        raise AudienceError(f"{path.name}: {error}; see audiences/recent_buyers.yml for how one is written") from error
    parts = [definition.none, *(alternative.all for alternative in definition.any)]
    rules = [
        (number, place, *_checked(path.name, rule))
        for number, part in enumerate(parts)
        for place, rule in enumerate(part, start=1)
    ]
    said = json.dumps([definition.business, rules], ensure_ascii=False)
    version = hashlib.sha256(said.encode()).hexdigest()[:VERSION_DIGITS]
    return Audience(path.stem, version, definition, rules)


def named(name: str, folder: Path = FOLDER) -> Audience:
    """Return the audience of a name.

    Raises:
        AudienceError: there is none, or its file is wrong.
    """
    path = folder / f"{name}.yml"
    if path.parent != folder or not path.exists():
        known = [one.stem for one in sorted(folder.glob("*.yml"))]
        raise AudienceError(f"there is no audience {name!r} in {folder.name}/{_nearest(name, known)}")
    return read(path)


def load(connection, folder: Path = FOLDER) -> list[Audience]:
    """Bring what all files say into the warehouse, all or nothing; what has no file any more is no audience."""
    found = [read(path) for path in sorted(folder.glob("*.yml"))]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("lock table activation.audience_rules in share row exclusive mode")
        cursor.execute("delete from activation.audience_rules")
        cursor.execute("update activation.audiences set is_current = false where is_current")
        for audience_id, version, definition, rules in found:
            about = (definition.business, definition.name, definition.description)
            cursor.execute(
                "insert into activation.audiences"
                " (audience_id, version, business, name, description, definition, is_current)"
                " values (%s, %s, %s, %s, %s, %s, true) on conflict (audience_id, version) do update set"
                " (name, description, is_current) = (excluded.name, excluded.description, true)",
                [audience_id, version, *about, Jsonb(msgspec.to_builtins(definition))],
            )
            cursor.executemany(
                "insert into activation.audience_rules"
                " (audience_id, business, alternative, place, attribute, of_value, operator, value)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s)",
                [(audience_id, definition.business, *rule) for rule in rules],
            )
    return found


@cache
def attributes() -> dict[str, tuple[str, str]]:
    """Return kind and of_what ("" for none) of every attribute that a rule may speak of."""
    found = {}
    for name in ATTRIBUTES:
        with (PROJECT / "dbt" / "seeds" / name).open(newline="", encoding="utf-8") as file:
            found |= {row["attribute"]: (row["kind"], row["of_what"]) for row in csv.DictReader(file)}
    return found


def _checked(file: str, rule: Rule) -> tuple[str, str | None, str, str]:
    """Return attribute, of, operator and value of a rule as the warehouse compares them."""
    if rule.attribute not in attributes():
        raise AudienceError(
            f"{file}: nothing is known of customers as {rule.attribute!r}{_nearest(rule.attribute, attributes())}"
        )
    kind, of_what = attributes()[rule.attribute]
    where = f"{file}: {rule.attribute}"
    if rule.operator not in OPERATORS[kind]:
        able = ", ".join(OPERATORS[kind])
        raise AudienceError(f"{where} is a {kind} and does not compare by {rule.operator!r}; use one of {able}")
    if of_what and rule.of is None:
        raise AudienceError(f"{where} is of a {of_what}: say which with `of:`")
    if rule.of is not None and not of_what:
        raise AudienceError(f"{where} is of the customer as a whole: take `of: {rule.of}` away")
    is_many = rule.operator in ("in", "not in")
    values = [_text(one) for one in (rule.value if isinstance(rule.value, list) else [rule.value])]
    if len(values) != 1 and not is_many:
        raise AudienceError(f"{where} {rule.operator} takes one value and not {len(values)}; use `in` for several")
    if is_many and not values:
        raise AudienceError(f"{where} {rule.operator} needs at least one value")
    if kind == "number" and not is_many and not NUMBER.fullmatch(values[0]):
        raise AudienceError(f"{where} is a number and does not compare with {values[0]!r}")
    return rule.attribute, None if rule.of is None else str(rule.of), rule.operator, "|".join(values)


def _text(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _nearest(name: str, known) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known)) or 'none'}"
