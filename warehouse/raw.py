"""The raw contract: one class per raw table; the loader checks records by it, the tables are made from it."""

import hashlib
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
    known version is seen again; `control`: SQL of the control total that the ledger keeps for each batch; `person`:
    whose the personal values are, as (kind, field): the first field that is there names the person; `sealed_extra`:
    fields that the contract does not know are of the person too, and encrypted.
    """

    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]
    person: ClassVar[tuple[tuple[str, str], ...]] = ()
    versioned: ClassVar[bool] = False
    seen: ClassVar[str | None] = None
    control: ClassVar[str | None] = None
    sealed_extra: ClassVar[bool] = False


class Product(Record, kw_only=True):
    """A version of a product as the shop shows it (schema.org Product with its Offer)."""

    table = "products"
    key = ("product_id",)
    versioned = True
    seen = "last_seen_at"

    product_id: Id
    name: Word
    description: Text | None = None
    brand: Word | None = None
    category: Word | None = None
    price: Decimal | None = None
    currency: Currency | None = None
    availability: Word | None = None
    url: Text | None = None
    image_url: Text | None = None
    last_seen_at: datetime


class Customer(Record, kw_only=True):
    """A version of a registration."""

    table = "customers"
    key = ("customer_id",)
    person = (("customer", "customer_id"),)
    versioned = True
    sealed_extra = True

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
    person = (("customer", "user_id"), ("device", "anonymous_id"))

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
        if self.line_id is None:
            self.line_id = hashlib.blake2b(msgspec.json.encode(self), digest_size=8).hexdigest()


class EmailEvent(Record, kw_only=True):
    """What happened to an e-mail that was sent, in Segment's e-mail event names."""

    table = "email_events"
    key = ("event_id",)
    person = (("customer", "customer_id"), ("email", "email"))

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
    person = (("author", "author"),)

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
