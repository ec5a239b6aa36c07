"""SparkPost: an event stands below `msys`, under the name of its class.

https://developers.sparkpost.com/api/webhooks/
"""

from warehouse.check import Problem


def records(payload: dict) -> list[dict | Problem]:
    """Return the event inside; what has no `type` of its own has that of its class."""
    inside = payload.get("msys")
    if not isinstance(inside, dict):
        return [Problem("missing_field", "no object `msys`")]
    if not inside:
        return [Problem("no_email_event", "a ping that tries the webhook out")]
    return [
        {"type": name} | event if isinstance(event, dict) else Problem("wrong_type", "no object inside `msys`")
        for name, event in inside.items()
    ]
