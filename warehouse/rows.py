"""Checked records as lines of COPY's text format, personal values encrypted under the key of the person they are of."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, partial
from operator import attrgetter, itemgetter
from typing import NamedTuple

import msgspec

from warehouse import erased, personal, subject_keys, vault
from warehouse.check import Problem
from warehouse.raw import GREATEST, LATEST, Record
from warehouse.raw.fields import Field, fields

DETERMINISTIC = msgspec.json.Encoder(order="deterministic")
NULL = rb"\N"
FORGOTTEN = Problem(erased.REASON, erased.DETAIL)
# The text of a JSON document that holds U+0000, which no text of PostgreSQL can.
JSON_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


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


TYPES = {str: "text", int: "bigint", bool: "boolean", Decimal: "numeric", dict: "jsonb"}
TYPES |= {datetime: "timestamptz", date: "date"}


@cache
def types(contract: type[Record]) -> dict[str, str]:
    """Return PostgreSQL's type of each of the columns; whoever loads may not read those of the table."""
    known = {field.name: TYPES[field.type] for field in fields(contract) if not field.personal}
    known |= {"extra": "jsonb", "position": "bigint"}
    return {name: known.get(name, "bytea") for name in columns(contract)}


class _Plan(NamedTuple):
    """How the values of a contract become text: by place among its fields."""

    take: Callable[[Record], tuple]
    writers: list[Callable]  # what writes each value that is there
    personal: list[tuple[int, str, str | None]]  # place, name, kind of index; from the last to the first
    indexes: dict[str, str]  # kind of blind index by name
    content: Callable[[list[bytes]], tuple] | None  # the values that the fingerprint is of; None: all
    places: dict[str, int]  # of each field
    tabs: int


@cache
def _plan(contract: type[Record]) -> _Plan:
    known = fields(contract)
    names = [field.name for field in known]
    # From the last to the first: a blind index is one value more, which moves what stands behind it.
    sealed = [(at, field.name, field.personal.get("index")) for at, field in enumerate(known) if field.personal]
    moving = {contract.seen, *contract.moving} - {None}
    content = itemgetter(*(at for at, name in enumerate(names) if name not in moving)) if moving else None
    writers = [_writer(field, contract) for field in known]
    indexes = {name: index for _, name, index in sealed if index}
    places = {name: at for at, name in enumerate(names)}
    return _Plan(attrgetter(*names), writers, sealed[::-1], indexes, content, places, len(names) - 1)


def _writer(field: Field, contract: type[Record]) -> Callable[[object], bytes]:
    if field.type is dict and field.personal:
        return DETERMINISTIC.encode  # encrypted whole, it keeps its values; any other document is looked through
    return WRITERS[field.type](field.name, contract.earliest)


def lines(
    contract: type[Record], business: str, checked: list[tuple[int, Record, dict | None]]
) -> tuple[list[bytes], dict[int, Problem]]:
    """Return a line for each (position, record, extra), and by position the problem of each that cannot be written."""
    plan, problems = _plan(contract), {}
    if contract.person and (forgotten := erased.subjects()):
        problems = {at: FORGOTTEN for at, record, _ in checked if _is_of(record, business, forgotten)}
        checked = [one for one in checked if one[0] not in problems]
    people = {at: person for at, record, extra in checked if (person := person_of(record, business, extra))}
    ciphers = subject_keys.ciphers(set(people.values())) if people else {}
    written, write_extra = [], _document("extra")
    for position, record, extra in checked:
        try:
            values, line = _line(plan, record)
            content = line if plan.content is None else b"\t".join(_content(plan, values, record))
            fingerprint = _hex(vault.fingerprint(content))
            if plan.personal:
                _seal(values, plan, record, business, ciphers.get(people.get(position)))
                line = b"\t".join(values)
            more = NULL
            if extra:
                text = write_extra(extra)
                if contract.sealed_extra:
                    text = _sealed_extra(ciphers[people[position]], text, contract, record, business)
                more = _escaped(text)
            written.append(b"%b\t%b\t%b\t%d\n" % (line, more, fingerprint, position))
        except _Refused as refused:
            problems[position] = Problem(*refused.args)
        except UnicodeEncodeError:
            problems[position] = Problem("lone_surrogate")
    return written, problems


def _is_of(record: Record, business: str, people: set[bytes]) -> bool:
    return subject_of(type(record), business, partial(getattr, record)) in people


def _line(plan: _Plan, record: Record) -> tuple[list[bytes], bytes]:
    """Return the values of a record as COPY reads them, and the line of them.

    One look at the line says whether any value needs escaping.
    """
    taken = plan.take(record)
    values = [NULL if value is None else write(value) for write, value in zip(plan.writers, taken, strict=True)]
    line = b"\t".join(values)
    if b"\0" in line:
        raise _Refused("nul_character")
    if line.count(b"\\") != taken.count(None) or b"\n" in line or b"\r" in line or line.count(b"\t") != plan.tabs:
        values = [text if value is None else _escaped(text) for text, value in zip(values, taken, strict=True)]
        line = b"\t".join(values)
    return values, line


def _content(plan: _Plan, values: list[bytes], record: Record) -> tuple[bytes, ...]:
    """Return the values that say whether two records are the same."""
    taken_from = type(record).taken_from
    if taken_from and getattr(record, taken_from[0]) is getattr(record, taken_from[1]):
        values = values.copy()
        values[plan.places[taken_from[0]]] = NULL
    return plan.content(values)


def _escaped(text: bytes) -> bytes:
    if JSON_NUL.search(text):
        raise _Refused("nul_character")
    escaped = text.replace(b"\\", rb"\\").replace(b"\t", rb"\t")
    return escaped.replace(b"\n", rb"\n").replace(b"\r", rb"\r")


def _seal(written: list[bytes], plan: _Plan, record: Record, business: str, cipher) -> None:
    """Put ciphertext and blind index where the personal values stand."""
    for at, name, index in plan.personal:
        value = getattr(record, name)
        if index:
            written.insert(at + 1, NULL if value is None else _hex(vault.index(index, value)))
        if value is not None:
            contract = type(record)
            clear = value.encode() if isinstance(value, str) else DETERMINISTIC.encode(value)
            subject = (getattr(record, key) for key in contract.key)
            written[at] = _hex(vault.seal(cipher, clear, place(contract, name, business, *subject)))


def _hex(value: bytes) -> bytes:
    return rb"\\x" + value.hex().encode()


def _time(name: str, earliest: datetime) -> Callable[[datetime], bytes]:
    after, before = earliest.year, LATEST.year

    def write(value: datetime) -> bytes:
        """Write a time in UTC, so that two spellings of a moment are one; naive is UTC."""
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        if not after < value.year < before:
            raise _Refused("out_of_range", f"{name} lies outside of {after} to {before}")
        return DETERMINISTIC.encode(value)[1:-1]  # a sixth of what isoformat() takes

    return write


def _date(name: str, earliest: datetime) -> Callable[[date], bytes]:
    def write(value: date) -> bytes:
        if not earliest.year < value.year < LATEST.year:
            raise _Refused("out_of_range", f"{name} lies outside of {earliest.year} to {LATEST.year}")
        return value.isoformat().encode()

    return write


def _number(name: str, _: datetime) -> Callable[[Decimal], bytes]:
    def write(value: Decimal) -> bytes:
        if not (value.is_finite() and abs(value) < GREATEST):
            raise _Refused("out_of_range", f"{name} is no number below {GREATEST}")
        return str(value).encode()

    return write


def _document(name: str, _: datetime | None = None) -> Callable[[dict], bytes]:
    def write(value: dict) -> bytes:
        """Write a document, with blind indexes where personal values stand in it."""
        text = DETERMINISTIC.encode(value)
        try:
            return DETERMINISTIC.encode(personal.withheld(value)) if personal.may_be_in(value, text) else text
        except RecursionError as error:
            raise _Refused("too_deep", f"{name} is nested too deeply") from error

    return write


def _word(name: str, _: datetime) -> Callable[[object], bytes]:
    return lambda value: str(value).encode()


def _text(name: str, _: datetime) -> Callable[[str], bytes]:
    return str.encode


def _sealed_extra(cipher, text: bytes, contract: type[Record], record: Record, business: str) -> bytes:
    """Encrypt what a source says of a person beyond the contract: nobody declared how personal it is."""
    subject = (getattr(record, key) for key in contract.key)
    sealed = vault.seal(cipher, text, place(contract, "extra", business, *subject))
    return DETERMINISTIC.encode({"sealed": sealed.hex()})


WRITERS = {str: _text, int: _word, bool: _word, Decimal: _number, datetime: _time, date: _date, dict: _document}


def person_of(record: Record, business: str, extra: dict | None = None) -> bytes | None:
    """Return the name of the person under whose key a record's personal values stand; None where it has none."""
    contract = type(record)
    sealed = _plan(contract).personal
    if not (extra and contract.sealed_extra):
        for _, name, _ in sealed:
            if getattr(record, name) is not None:
                break
        else:
            return None
    named = subject_of(contract, business, partial(getattr, record))
    return named or subject_keys.subject(
        business, contract.table, *(str(getattr(record, name)) for name in contract.key)
    )


def subject_of(contract: type[Record], business: str, value_of: Callable[[str], object]) -> bytes | None:
    """Return the name of the person that a record says it is of, by `person` of its contract; None for nobody."""
    for kind, name in contract.person:
        if (value := value_of(name)) is not None:
            index = _plan(contract).indexes.get(name)
            return subject_keys.subject(business, kind, vault.index(index, str(value)).hex() if index else str(value))
    return None


def place(contract: type[Record], name: str, *subject: str) -> str:
    """Return the place that an encrypted value is bound to: table, column, business and key of its row."""
    return ".".join((contract.table, name, *map(str, subject)))
