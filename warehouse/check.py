"""Hold what arrives against the raw contract: a row for the database, or the reason why not."""

from functools import cache
from operator import attrgetter
from typing import NamedTuple

import msgspec

from warehouse import vault
from warehouse.raw import Record
from warehouse.tables import fields

DETERMINISTIC = msgspec.json.Encoder(order="deterministic")


class Problem(NamedTuple):
    """Why a record cannot be loaded: a code to count by, and a detail that never holds a value of the record."""

    reason: str
    detail: str = ""


class Arrival(NamedTuple):
    """A record as it came, and what the source's mapping made of it: fields of the contract, or a problem.

    Fields that the contract does not know stand under the key `extra`.
    """

    original: bytes
    record: dict | Problem


# What msgspec says, in the order in which to ask, and the code that we count by.
REASONS = (
    ("out_of_range: ", "out_of_range"),
    ("missing required field", "missing_field"),
    ("of length >= ", "missing_field"),
    ("of length <= ", "too_large"),
    ("encoded date", "bad_time"),  # "encoded datetime" too
    ("Timestamp is out of range", "out_of_range"),
    ("Number out of range", "out_of_range"),
    (">= ", "out_of_range"),
    ("<= ", "out_of_range"),
    ("matching regex", "bad_format"),
)


def check(arrival: Arrival, contract: type[Record], business: str) -> list | Problem:
    """Return the values of `columns(contract)` for one arrival, or the problem with it."""
    original, record = arrival
    if isinstance(record, Problem):
        return record
    if b"\x00" in original or b"\\u0000" in original:
        return Problem("nul_character")
    try:
        checked = msgspec.convert(record, contract, strict=False)
    except msgspec.ValidationError as error:
        record = _numbers_as_ids(record, contract)
        try:
            checked = msgspec.convert(record, contract, strict=False)
        except msgspec.ValidationError:
            return problem_of(error)
    return _row(checked, record.get("extra"), contract, business)


def problem_of(error: Exception) -> Problem:
    """Return the code and place of what msgspec found; its message names types and fields, never values."""
    message = str(error)
    reason = next((code for sign, code in REASONS if sign in message), "wrong_type")
    return Problem(reason, message.removeprefix("out_of_range: ")[:200])


@cache
def columns(contract: type[Record]) -> tuple[str, ...]:
    """Return the columns that a checked record fills, in the order of `check`'s values."""
    names = []
    for field in fields(contract):
        if field.personal:
            names.append(f"{field.name}_encrypted")
            if "index" in field.personal:
                names.append(f"{field.name}_index")
        else:
            names.append(field.name)
    return (*names, "extra", "fingerprint")


@cache
def _plan(contract: type[Record]) -> tuple:
    """Return what takes all fields out of a record at once, and (place, what to do, …) of those that need work."""
    names = [field.name for field in fields(contract)]
    dicts = [place for place, field in enumerate(fields(contract)) if field.type is dict]
    # From the last to the first: a blind index is one value more, which moves what stands behind it.
    personal = [
        (place, field.name, field.personal.get("index"))
        for place, field in enumerate(fields(contract))
        if field.personal
    ]
    seen = names.index(contract.seen) if contract.seen else None
    return attrgetter(*names), dicts, personal[::-1], seen


def _row(checked: Record, extra: dict | None, contract: type[Record], business: str) -> list:
    take, dicts, personal, seen = _plan(contract)
    values = list(take(checked))
    for at in dicts:
        if values[at] is not None:
            values[at] = DETERMINISTIC.encode(values[at]).decode()
    content = values if seen is None else values[:seen] + values[seen + 1 :]
    fingerprint = vault.fingerprint(DETERMINISTIC.encode(content))
    for at, name, index in personal:
        value = values[at]
        if value is not None:
            subject = (getattr(checked, key) for key in contract.key)
            values[at] = vault.encrypt(value.encode(), place(contract, name, business, *subject))
        if index:
            values.insert(at + 1, None if value is None else vault.index(index, value))
    values.append(DETERMINISTIC.encode(extra).decode() if extra else None)
    values.append(fingerprint)
    return values


def place(contract: type[Record], name: str, *subject: str) -> str:
    """Return the place that an encrypted value is bound to: table, column, business and key of its row."""
    return ".".join((contract.table, name, *subject))


def _numbers_as_ids(record: dict, contract: type[Record]) -> dict:
    """Many sources send ids as JSON numbers: read those as text where the contract wants text."""
    texts = {field.name for field in fields(contract) if field.type is str}
    return {k: str(v) if type(v) is int and k in texts else v for k, v in record.items()}
