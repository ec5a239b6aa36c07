"""Checked records as lines of COPY's text format, personal values encrypted under the key of the person they are of."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import NamedTuple

import msgspec

from warehouse import subject_keys, vault
from warehouse.check import Problem
from warehouse.raw import EARLIEST, GREATEST, LATEST, Record
from warehouse.tables import fields

DETERMINISTIC = msgspec.json.Encoder(order="deterministic")
NULL = r"\N"
# The text of a JSON document that holds U+0000, which no text of PostgreSQL can.
JSON_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class _Refused(Exception):
    """A value that its type lets through and the warehouse does not; carries the problem."""


@cache
def columns(contract: type[Record]) -> tuple[str, ...]:
    """Return the columns that a line fills, in their order, `position` last."""
    names = []
    for field in fields(contract):
        if field.personal:
            names.append(f"{field.name}_encrypted")
            if "index" in field.personal:
                names.append(f"{field.name}_index")
        else:
            names.append(field.name)
    return (*names, "extra", "fingerprint", "position")


class _Plan(NamedTuple):
    """How the values of a contract become text: by place among its fields."""

    take: Callable[[Record], tuple]
    typed: list[tuple[int, Callable, str]]  # place, writer, name of what is no text
    personal: list[tuple[int, str, str | None]]  # place, name, kind of index; from the last to the first
    seen: int | None
    tabs: int


@cache
def _plan(contract: type[Record]) -> _Plan:
    known = fields(contract)
    names = [field.name for field in known]
    typed = [(at, WRITERS[field.type], field.name) for at, field in enumerate(known) if field.type in WRITERS]
    # From the last to the first: a blind index is one value more, which moves what stands behind it.
    personal = [(at, field.name, field.personal.get("index")) for at, field in enumerate(known) if field.personal]
    seen = names.index(contract.seen) if contract.seen else None
    return _Plan(attrgetter(*names), typed, personal[::-1], seen, len(names) - 1)


def lines(
    contract: type[Record], business: str, checked: Iterable[tuple[int, Record, dict | None]]
) -> tuple[list[str], dict[int, Problem]]:
    """Return a line for each (position, record, extra), and by position the problem of each that cannot be written."""
    checked = list(checked)
    people = {at: person for at, record, _ in checked if (person := person_of(record, business))}
    ciphers = subject_keys.ciphers(set(people.values())) if people else {}
    written, problems = [], {}
    for position, record, extra in checked:
        try:
            written.append(f"{_line(contract, business, record, extra, ciphers.get(people.get(position)))}\t{position}")
        except _Refused as refused:
            problems[position] = Problem(*refused.args)
        except UnicodeEncodeError:
            problems[position] = Problem("lone_surrogate")
    return written, problems


def _line(contract: type[Record], business: str, record: Record, extra: dict | None, cipher) -> str:
    plan = _plan(contract)
    values = list(plan.take(record))
    for at, write, name in plan.typed:
        if values[at] is not None:
            values[at] = write(values[at], name)
    written = _escaped(values, plan.tabs)
    content = written if plan.seen is None else written[: plan.seen] + written[plan.seen + 1 :]
    fingerprint = vault.fingerprint("\t".join(content).encode()).hex()
    for at, name, index in plan.personal:
        value = values[at]
        if value is not None:
            subject = (getattr(record, key) for key in contract.key)
            written[at] = _bytes(vault.seal(cipher, value.encode(), place(contract, name, business, *subject)))
        if index:
            written.insert(at + 1, NULL if value is None else _bytes(vault.index(index, value)))
    more = _escaped([DETERMINISTIC.encode(extra).decode()], 0)[0] if extra else NULL
    return "\t".join((*written, more, rf"\\x{fingerprint}"))


def _escaped(values: list[str | None], tabs: int) -> list[str]:
    """Write texts as COPY reads them; most hold nothing to escape, which one look at all of them together says."""
    written = [NULL if value is None else value for value in values]
    line = "\t".join(written)
    if "\0" in line:
        raise _Refused("nul_character")
    if line.count("\\") != values.count(None) or "\n" in line or "\r" in line or line.count("\t") != tabs:
        if JSON_NUL.search(line):
            raise _Refused("nul_character")
        return [NULL if value is None else _escape(value) for value in values]
    return written


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def _bytes(value: bytes) -> str:
    return rf"\\x{value.hex()}"


def _time(value: datetime, name: str) -> str:
    """Write a time in UTC, so that two spellings of a moment are one; naive is UTC."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if not EARLIEST.year < value.year < LATEST.year:
        raise _Refused("out_of_range", f"{name} lies outside of {EARLIEST.year} to {LATEST.year}")
    return value.isoformat()


def _number(value: Decimal, name: str) -> str:
    if not (value.is_finite() and abs(value) < GREATEST):
        raise _Refused("out_of_range", f"{name} is no number below {GREATEST}")
    return str(value)


def _document(value: dict, name: str) -> str:
    return DETERMINISTIC.encode(value).decode()


def _word(value: object, name: str) -> str:
    return str(value)


WRITERS = {datetime: _time, Decimal: _number, dict: _document, int: _word, bool: _word}


def person_of(record: Record, business: str) -> str | None:
    """Return the name of the person under whose key a record's personal values stand; None where it has none."""
    contract = type(record)
    if not any(getattr(record, name) is not None for _, name, _ in _plan(contract).personal):
        return None
    for kind, name in contract.person:
        if (value := getattr(record, name)) is not None:
            index = next((index for _, field, index in _plan(contract).personal if field == name), None)
            return subject_keys.subject(business, kind, vault.index(index, value).hex() if index else value)
    return subject_keys.subject(business, contract.table, *(str(getattr(record, name)) for name in contract.key))


def place(contract: type[Record], name: str, *subject: str) -> str:
    """Return the place that an encrypted value is bound to: table, column, business and key of its row."""
    return ".".join((contract.table, name, *map(str, subject)))
