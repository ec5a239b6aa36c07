"""Hold what arrives against the raw contract: a checked record, or the reason why not."""

from functools import cache
from typing import NamedTuple

import msgspec

from warehouse.raw import Record
from warehouse.raw.fields import fields


class Problem(NamedTuple):
    """Why a record cannot be loaded: a code to count by, and a detail that never holds a value of the record."""

    reason: str
    detail: str = ""


class Arrival(NamedTuple):
    """A record as it came, and what the source's mapping made of it: fields of the contract, or a problem.

    Fields that the contract does not know stand under the key `extra`. `head` is what stands around the record and
    is needed to read it alone, such as the header line of a CSV file.
    """

    original: bytes
    record: dict | Problem
    head: bytes | None = None


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


def check(record: dict, contract: type[Record]) -> Record | Problem:
    """Return the checked record, or the problem with it."""
    try:
        return msgspec.convert(record, contract, strict=False)
    except msgspec.ValidationError as error:
        try:
            return msgspec.convert(_numbers_as_ids(record, contract), contract, strict=False)
        except msgspec.ValidationError:
            return problem_of(error)


def problem_of(error: Exception) -> Problem:
    """Return the code and place of what msgspec found; its message names types and fields, never values."""
    message = str(error)
    reason = next((code for sign, code in REASONS if sign in message), "wrong_type")
    return Problem(reason, message.removeprefix("out_of_range: ")[:200])


def _numbers_as_ids(record: dict, contract: type[Record]) -> dict:
    """Many sources send ids as JSON numbers: read those as text where the contract wants text."""
    texts = _texts(contract)
    return {k: str(v) if type(v) is int and k in texts else v for k, v in record.items()}


@cache
def _texts(contract: type[Record]) -> set[str]:
    return {field.name for field in fields(contract) if field.type is str}
