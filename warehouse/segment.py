"""Segment's envelope, as collectors and the API read it (https://segment.com/docs/connections/spec/common/)."""

from datetime import datetime
from uuid import uuid4

import msgspec

from warehouse.check import Problem

# Column of raw.events: the envelope's name for it.
SEGMENT = {
    "message_id": "messageId",
    "type": "type",
    "event": "event",
    "anonymous_id": "anonymousId",
    "user_id": "userId",
    "occurred_at": "timestamp",
    "sent_at": "sentAt",
    "received_at": "receivedAt",
    "context": "context",
    "properties": "properties",
    "traits": "traits",
}
COLUMNS = {name: column for column, name in SEGMENT.items()}


def record(message: object, received_at: datetime, around: dict) -> dict | Problem:
    """Return the fields of raw.events that a message has which was sent to the API, as Segment's own API reads it.

    `around` is what stands around it in its batch. A message without an id is a new one; one without a time happened
    when it was received.
    """
    if message.__class__ is not dict:
        return Problem("not_an_object")
    message = around | message if around else message
    mapped, extra = {}, {}
    for name, value in message.items():
        if value is None or value == "":
            continue
        if column := COLUMNS.get(name):
            mapped[column] = value
        else:
            extra[name] = value
    mapped["received_at"] = received_at
    mapped.setdefault("occurred_at", message.get("originalTimestamp") or received_at)
    mapped.setdefault("message_id", str(uuid4()))
    if "anonymous_id" not in mapped and "user_id" not in mapped:
        return Problem("missing_field", "neither userId nor anonymousId")
    if extra:
        mapped["extra"] = extra
    return mapped


def read(original: bytes, received_at: datetime, around: dict) -> dict | Problem:
    """Return the fields of a message as it came, or the problem with it."""
    try:
        return record(msgspec.json.decode(original), received_at, around)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Problem("not_json")


def again(original: bytes, head: bytes) -> dict | Problem:
    """Read a message again out of quarantine; `head` says when it was received and what stood around it."""
    around = msgspec.json.decode(head)
    return read(original, datetime.fromisoformat(around.pop("receivedAt")), around)
