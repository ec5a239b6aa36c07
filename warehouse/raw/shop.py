"""What a shop knows: its catalogue, its customers, what they do and say, and what they order."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from warehouse.raw.record import Currency, Email, Handle, Id, Name, Phone, Record, Text, Traits, Word


class Product(Record, kw_only=True):
    """A version of a product, or of one variant of it, as a page of the shop shows it (schema.org Product, Offer).

    A shop may show one product on several pages, at several prices: each page has its own versions.
    """

    table = "products"
    key = ("product_id", "page_id")
    versioned = True
    seen = "last_seen_at"
    moving = ("price_valid_until",)

    product_id: Id
    page_id: Id | None = None
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
        """Name the page by its address, which can be longer than a key; refuse a price that no shop asks."""
        if self.page_id is None:
            self.page_id = page_id(self.url)
        if self.price is not None and self.price < 0:
            raise ValueError("out_of_range: price is below 0")


def page_id(url: str | None) -> str:
    """Return the name of a page among the pages that show a product."""
    return hashlib.md5((url or "").encode(errors="replace"), usedforsecurity=False).hexdigest()


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
    region_id: Id | None = None
    language: Word | None = None
    consents: dict[str, bool] | None = None


class Event(Record, kw_only=True):
    """A message in Segment's envelope: track, page, screen, identify, group or alias."""

    table = "events"
    key = ("message_id",)
    moving = ("sent_at", "received_at")  # a sender that got no answer sends it again, later
    taken_from = ("occurred_at", "received_at")
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
    person = (("customer", "customer_id"),)
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
