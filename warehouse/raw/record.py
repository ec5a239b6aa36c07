"""What every raw record obeys, and the types of fields that the contracts share."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, ClassVar, get_args, get_type_hints

import msgspec
from msgspec import Meta

EARLIEST, LATEST = (
    datetime.fromisoformat("1990-01-01T00:00:00Z"),
    datetime.fromisoformat("2200-01-01T00:00:00Z"),
)
GREATEST = Decimal(10) ** 12

Id = Annotated[str, Meta(min_length=1, max_length=256)]
Word = Annotated[str, Meta(max_length=512)]
Text = Annotated[str, Meta(max_length=100_000)]
Count = Annotated[int, Meta(ge=0, le=10**12)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]
# Personal values are encrypted at the door: the table has <name>_encrypted and, where joins need it, <name>_index.
# The categories are fideslang's (https://ethyca.github.io/fideslang/).
Name = Annotated[str, Meta(max_length=512, extra={"personal": "user.name"})]
Email = Annotated[str, Meta(max_length=512, extra={"personal": "user.contact.email", "index": "email"})]
Phone = Annotated[str, Meta(max_length=64, extra={"personal": "user.contact.phone_number", "index": "phone"})]
Handle = Annotated[str, Meta(max_length=512, extra={"personal": "user.account.username", "index": "handle"})]
AccountNumber = Annotated[
    str, Meta(max_length=64, extra={"personal": "user.financial.account_number", "index": "account"})
]
Traits = Annotated[dict, Meta(extra={"personal": "user"})]


class Record(msgspec.Struct, kw_only=True):
    """What every raw record obeys; a field that is not optional must be there.

    Class attributes: `table` in schema raw; `key`, unique within a business; `versioned`: a record with a known
    key and other content is a new version of it, not a conflict; `seen`: the column that moves forward when a
    known version is seen again; `control`: SQL of the control total that the ledger keeps for each batch;
    `earliest`: before which no time of such a record can lie.
    """

    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    versioned: ClassVar[bool] = False
    seen: ClassVar[str | None] = None
    control: ClassVar[str | None] = None
    earliest: ClassVar[datetime] = EARLIEST

    def __post_init__(self):
        """Refuse what the types let through: numbers that are none, times no shop has lived in; naive is UTC."""
        for name, kind in _to_check(type(self)):
            value = getattr(self, name)
            if value is None:
                continue
            if kind is Decimal:
                if not (value.is_finite() and abs(value) < GREATEST):
                    raise ValueError(f"out_of_range: {name} is no number below {GREATEST}")
                continue
            if kind is datetime and value.tzinfo is None:
                value = value.replace(tzinfo=UTC)
                setattr(self, name, value)
            if not self.earliest.year < value.year < LATEST.year:
                raise ValueError(f"out_of_range: {name} lies outside of {self.earliest.year} to {LATEST.year}")


@cache
def _to_check(contract: type[Record]) -> list[tuple[str, type]]:
    """Return the fields of a contract that hold a time or a number, each with which of these it holds."""
    hints = get_type_hints(contract)
    kinds = {
        name: kind
        for name in contract.__struct_fields__
        for kind in (datetime, date, Decimal)
        if _is(hints[name], kind)
    }
    return list(kinds.items())


def _is(hint, kind: type) -> bool:
    return hint is kind or kind in get_args(hint)
