"""The raw contract: one class per raw table; the loader checks records by it, the tables are made from it."""

import hashlib
from datetime import UTC, datetime
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
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]
# Personal values are encrypted at the door: the table has <name>_encrypted and, where joins need it, <name>_index.
# The categories are fideslang's (https://ethyca.github.io/fideslang/).
Name = Annotated[str, Meta(max_length=512, extra={"personal": "user.name"})]
Email = Annotated[str, Meta(max_length=512, extra={"personal": "user.contact.email", "index": "email"})]
Phone = Annotated[str, Meta(max_length=64, extra={"personal": "user.contact.phone_number", "index": "phone"})]
Handle = Annotated[str, Meta(max_length=512, extra={"personal": "user.account.username", "index": "handle"})]
Traits = Annotated[dict, Meta(extra={"personal": "user"})]


class Record(msgspec.Struct, kw_only=True):
    """What every raw record obeys; a field that is not optional must be there.

    Class attributes: `table` in schema raw; `key`, unique within a business; `versioned`: a record with a known
    key and other content is a new version of it, not a conflict; `seen`: the column that moves forward when a
    known version is seen again; `control`: SQL of the control total that the ledger keeps for each batch.
    """

    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    versioned: ClassVar[bool] = False
    seen: ClassVar[str | None] = None
    control: ClassVar[str | None] = None

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
            if value.tzinfo is None:
                value = value.replace(tzinfo=UTC)
                setattr(self, name, value)
            if not EARLIEST.year < value.year < LATEST.year:
                raise ValueError(f"out_of_range: {name} lies outside of {EARLIEST.year} to {LATEST.year}")


@cache
def _to_check(contract: type[Record]) -> list[tuple[str, type]]:
    """Return the fields of a contract that hold a time or a number, each with which of the two."""
    hints = get_type_hints(contract)
    kinds = {
        name: kind for name in contract.__struct_fields__ for kind in (datetime, Decimal) if _is(hints[name], kind)
    }
    return list(kinds.items())


def _is(hint, kind: type) -> bool:
    return hint is kind or kind in get_args(hint)


class Product(Record, kw_only=True):
    """A version of a product, or of one variant of it, as the shop shows it (schema.org Product with its Offer)."""

    table = "products"
    key = ("product_id",)
    versioned = True
    seen = "last_seen_at"

    product_id: Id
    group_id: Id | None = None
    name: Word
    description: Text | None = None
    brand: Word | None = None
    category: Word | None = None
    gtin: Word | None = None
    mpn: Word | None = None
    price: Decimal | None = None
    price_stated: Word | None = None
    currency: Currency | None = None
    availability: Word | None = None
    condition: Word | None = None
    price_valid_until: datetime | None = None
    url: Text | None = None
    image_url: Text | None = None
    attributes: dict | None = None
    last_seen_at: datetime

    def __post_init__(self):
        """Refuse a price that no shop asks."""
        super().__post_init__()
        if self.price is not None and self.price < 0:
            raise ValueError("out_of_range: price is below 0")


class Customer(Record, kw_only=True):
    """A version of a registration."""

    table = "customers"
    key = ("customer_id",)
    versioned = True

    customer_id: Id
    registered_at: datetime | None = None
    updated_at: datetime | None = None
    name: Name | None = None
    email: Email | None = None
    phone: Phone | None = None
    gender: Word | None = None
    birth_year: Annotated[int, Meta(ge=1880, le=2200)] | None = None
    country: Word | None = None
    city: Word | None = None
    language: Word | None = None
    consents: dict[str, bool] | None = None


class Event(Record, kw_only=True):
    """A message in Segment's envelope: track, page, screen, identify, group or alias."""

    table = "events"
    key = ("message_id",)

    message_id: Id
    type: Word
    event: Word | None = None
    anonymous_id: Id | None = None
    user_id: Id | None = None
    occurred_at: datetime
    sent_at: datetime | None = None
    received_at: datetime | None = None
    context: dict | None = None
    properties: dict | None = None
    traits: Traits | None = None


class OrderLine(Record, kw_only=True):
    """A line of an order; without a `line_id` of the source, lines with the same content are one."""

    table = "orders"
    key = ("order_id", "line_id")
    control = "sum(quantity * unit_price)"

    order_id: Id
    line_id: Id | None = None
    customer_id: Id | None = None
    product_id: Id
    product_name: Word | None = None
    quantity: Decimal
    unit_price: Decimal
    currency: Currency | None = None
    ordered_at: datetime
    status: Word = "completed"
    country: Word | None = None

    def __post_init__(self):
        """Name a line without a name by its content."""
        super().__post_init__()
        if self.line_id is None:
            self.line_id = hashlib.blake2b(msgspec.json.encode(self), digest_size=8).hexdigest()


class EmailEvent(Record, kw_only=True):
    """What happened to an e-mail that was sent, in Segment's e-mail event names."""

    table = "email_events"
    key = ("event_id",)

    event_id: Id
    event: Word
    email: Email | None = None
    customer_id: Id | None = None
    campaign_id: Id | None = None
    occurred_at: datetime
    url: Text | None = None
    user_agent: Text | None = None


class Post(Record, kw_only=True):
    """A social post or review; its author is a pseudonym."""

    table = "posts"
    key = ("post_id",)

    post_id: Id
    channel: Word | None = None
    author: Handle | None = None
    content: Text
    language: Word | None = None
    url: Text | None = None
    rating: Decimal | None = None
    product_id: Id | None = None
    posted_at: datetime


CONTRACTS = {contract.table: contract for contract in Record.__subclasses__()}
