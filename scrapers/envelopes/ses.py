"""Amazon SES: event publishing and feedback notifications, bare or inside the SNS envelope that carries them.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import msgspec

from warehouse.check import Problem

DETAILS = {"Rendering Failure": "failure"}  # every other event has its detail under its own name
# These have no time of their own: they happen when the mail is sent.
AT_SENDING = {"Send", "Reject", "Rendering Failure"}
RECIPIENTS = {
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
    "Delivery": "recipients",
}


def records(payload: dict) -> list[dict | Problem]:
    """Return a record for each recipient: kind, recipient, timestamp, and the payload's `detail` and `mail`.

    Of an opened or clicked mail to several SES does not say who it was: such a record has no recipient.
    """
    if "TopicArn" in payload:
        payload = _notification(payload)
        if isinstance(payload, Problem):
            return [payload]
    kind = payload.get("eventType") or payload.get("notificationType")
    kind = kind if isinstance(kind, str) else None
    mail = _object(payload, "mail")
    detail = _object(payload, DETAILS.get(kind) or (kind and kind[:1].lower() + kind[1:]))
    time = detail.get("timestamp") or (mail.get("timestamp") if kind in AT_SENDING else None)
    common = {"kind": kind, "timestamp": time, "detail": detail, "mail": mail}
    return [common | {"recipient": recipient} for recipient in _recipients(kind, detail, mail)]


def _notification(envelope: dict) -> dict | Problem:
    """Return what an SNS message carries; SNS's own messages are about its subscriptions."""
    if envelope.get("Type") != "Notification":
        return Problem("no_email_event", "a message of SNS itself")
    try:
        message = msgspec.json.decode(envelope.get("Message") or "")
    except (msgspec.DecodeError, RecursionError, TypeError):
        return Problem("no_email_event", "the message inside the SNS notification is no JSON")
    return message if isinstance(message, dict) else Problem("wrong_type", "no JSON object inside the notification")


def _recipients(kind: str | None, detail: dict, mail: dict) -> list[str | None]:
    named = detail.get(RECIPIENTS.get(kind))
    if not named:
        named = mail.get("destination")
        if kind not in AT_SENDING and isinstance(named, list) and len(named) > 1:
            named = None
    if not isinstance(named, list) or not named:
        return [None]
    return [one.get("emailAddress") if isinstance(one, dict) else one for one in named]


def _object(payload: dict, name: str | None) -> dict:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}
