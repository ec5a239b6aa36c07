"""Events come in: Segment's HTTP API (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/).

A batch is acknowledged once it is stored; sent again, it is stored once. A message that breaks the contract goes to
quarantine, and the answer names it: nothing that was acknowledged is lost.
"""

import zlib
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from warehouse import segment
from warehouse.access import Caller
from warehouse.api import answers, problems
from warehouse.api.security import Needs
from warehouse.check import Arrival
from warehouse.intake import BusyError
from warehouse.raw import Event

router = APIRouter(tags=["events"])
Writer = Annotated[Caller, Depends(Needs("events:write"))]
MESSAGES = 2_000
UNPACKED_BYTES = 16 * 1024 * 1024
TYPES = ("track", "identify", "page", "screen", "group", "alias")


class Message(BaseModel):
    """A message in Segment's envelope."""

    model_config = ConfigDict(extra="allow")
    type: str | None = None
    messageId: str | None = None  # noqa: N815  (Segment's name)
    userId: str | None = None  # noqa: N815
    anonymousId: str | None = None  # noqa: N815
    event: str | None = None
    timestamp: str | None = None
    properties: dict | None = None
    traits: dict | None = None
    context: dict | None = None


class Batch(BaseModel):
    """Messages that are sent together; what stands beside them holds for each."""

    batch: list[Message] = Field(min_length=1, max_length=MESSAGES)
    sentAt: str | None = None  # noqa: N815
    context: dict | None = None


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    sentAt: str | None = None  # noqa: N815
    context: dict | None = None


DECODE_BATCH = msgspec.json.Decoder(_Batch).decode
SENT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [{"$ref": "#/components/schemas/Batch"}, {"$ref": "#/components/schemas/Message"}]}
            }
        },
    }
}
REFUSALS = problems.described(400, 401, 403, 413, 415, 429, 503)


@router.post("/events", response_model=answers.Received, responses=REFUSALS, openapi_extra=SENT)
async def events(request: Request, caller: Writer):
    """Take a batch, or one message that names its type; gzip is welcome."""
    return await _taken(request, caller, None)


@router.post(
    "/v1/{type}",
    response_model=answers.Received,
    responses=REFUSALS | problems.described(404),
    openapi_extra=SENT,
)
async def segment_events(request: Request, type: str, caller: Writer):
    """Take what Segment's own libraries send: /v1/batch, /v1/track, /v1/identify, /v1/page, …"""
    if type not in (*TYPES, "batch", "import"):
        raise HTTPException(404, f"there is no such type of message; there are batch, {', '.join(TYPES)}")
    return await _taken(request, caller, type if type in TYPES else None)


async def _taken(request: Request, caller: Caller, type: str | None) -> msgspec.Struct:
    text, received_at = await _body(request), datetime.now(UTC)
    try:
        if type is None and b'"batch"' in text:
            batch = DECODE_BATCH(text)
            around = {"sentAt": batch.sentAt} if batch.sentAt else {}
            around |= {"context": batch.context} if batch.context else {}
            originals = list(map(bytes, batch.batch))
        else:
            msgspec.json.decode(text)
            around, originals = {"type": type} if type else {}, [text]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise HTTPException(400, "the body is no JSON of a message or of a batch") from None
    if not 1 <= len(originals) <= MESSAGES:
        raise HTTPException(400, f"a batch has 1 to {MESSAGES} messages")
    request.app.state.door.count(caller, len(originals) - 1)
    head = msgspec.json.encode(around | {"receivedAt": received_at})
    arrivals = [Arrival(original, segment.read(original, received_at, around), head) for original in originals]
    try:
        rejected = await request.app.state.intake.put(Event, caller.business, arrivals)
    except BusyError as error:
        raise HTTPException(503, f"{error}: send the same again", {"Retry-After": "1"}) from None
    found = [{"position": at, "reason": one.reason, "detail": one.detail} for at, one in sorted(rejected.items())]
    return {"success": True, "received": len(arrivals), "rejected": found}


async def _body(request: Request) -> bytes:
    """Return the body, unpacked within bounds."""
    text, encoding = await request.body(), request.headers.get("content-encoding", "identity").lower()
    if encoding == "identity":
        return text
    if encoding != "gzip":
        raise HTTPException(415, "Content-Encoding: gzip or none")
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        found = unpack.decompress(text, UNPACKED_BYTES)
    except zlib.error:
        raise HTTPException(400, "the body is no gzip") from None
    if unpack.unconsumed_tail:
        raise HTTPException(413, f"unpacked, a body may have {UNPACKED_BYTES:,} bytes")
    if not unpack.eof:
        raise HTTPException(400, "the body is no whole gzip")
    return found
