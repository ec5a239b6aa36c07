"""The shapes of answers, as OpenAPI shows them; PostgreSQL writes the documents themselves."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """A row of a published relation, with whatever columns its model has (see `GET /tables`)."""

    model_config = ConfigDict(extra="allow")


class Health(BaseModel):
    """Whether the API and its database answer, and which release is shown (none before the first)."""

    status: str
    release: int | None


class Portrait(BaseModel):
    """What is known of a customer; nothing of it names the person."""

    release: int
    customer: Row
    rfm: Row | None
    value: Row | None
    bank: Row | None
    segments: list[str]
    preferences: list[Row]
    interests: list[Row]


class Recommended(BaseModel):
    """A product for a customer, and why: `tier` says what the place rests on."""

    rank: int
    product_id: str
    name: str | None
    price: float | None
    currency: str | None
    url: str | None
    score: float
    tier: str
    reason_code: str
    evidence: Any


class Recommendations(BaseModel):
    """A list of products, best first; `is_known` says whether a list was learned for this customer."""

    release: int | None
    customer_id: str
    is_known: bool
    session_signals: int
    products: list[Recommended]


class Page(BaseModel):
    """Rows of one release, and what to send as `after` for those that follow (null: these were the last)."""

    release: int | None
    rows: list[Row]
    next: str | None = None


class CampaignResults(BaseModel):
    """What a campaign did and caused. Its verdict says whether the differences of `lift` are its effect; `low` and
    `high` bound each with 95 %, `adjusted_…` less what was before explains, `always_valid_…` for who looks often."""

    release: int
    campaign: Row
    funnel: list[Row]
    balance: list[Row]
    lift: list[Row]
    credits: list[Row]


class ChannelResults(BaseModel):
    """What channels are credited with beside their cost, and beside what comparable campaigns caused."""

    release: int | None
    performance: list[Row]
    increments: list[Row]


class Tables(BaseModel):
    """What can be asked for: columns with their types, by table."""

    tables: dict[str, dict[str, str]]


class Rejected(BaseModel):
    """A message that went to quarantine: its place in the batch, from 0, and why."""

    position: int
    reason: str
    detail: str


class Received(BaseModel):
    """What became of a batch that is stored now."""

    success: bool
    received: int
    rejected: list[Rejected]
