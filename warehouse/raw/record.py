"""What every raw record obeys, and the types of fields that the contracts share."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

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

    Class attributes: `table` in schema raw; `key`, unique within a business; `versioned`: a record with a known key
    and other content is a new version of it, not a conflict; `seen`: the column that moves forward when a known
    version is seen again; `moving`: columns that are no part of a record's content and may differ where it comes
    again, without a new version or a conflict; `taken_from`: a column, and the moving one whose very value stands in
    it where the source had none, which makes it no content either; `control`: SQL of the control total that the ledger
    keeps for each batch; `earliest`: before which no time of such a record can lie; `person`: whose the personal
    values are, as (kind, field): the first field that is there names the person; `sealed_extra`: fields that the
    contract does not know are of the person too, and encrypted.
    """

    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    versioned: ClassVar[bool] = False
    seen: ClassVar[str | None] = None
    moving: ClassVar[tuple[str, ...]] = ()
    taken_from: ClassVar[tuple[str, str] | None] = None
    control: ClassVar[str | None] = None
    earliest: ClassVar[datetime] = EARLIEST
    person: ClassVar[tuple[tuple[str, str], ...]] = ()
    sealed_extra: ClassVar[bool] = False
