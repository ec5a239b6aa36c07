"""Who asks: the key in `Authorization: Bearer`, or as Segment's senders say it, the user name of Basic."""

import base64
import math
import time

from fastapi import HTTPException, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase

from warehouse import access
from warehouse.api import database

REMEMBERED_SECONDS = 5
MOST_REMEMBERED = 10_000
MINUTE = 60


class Doorkeeper:
    """Knows for a few seconds which keys are right, and counts what each asks."""

    def __init__(self, pool):
        """Read keys through this pool."""
        self.pool, self.known, self.paid_until = pool, {}, {}

    async def caller(self, key: str) -> access.Caller | None:
        """Return who has this key, None where nobody does."""
        now = time.monotonic()
        known = self.known.get(key)
        if known and known[1] > now:
            return known[0]
        parts = access.parts(key)
        if parts is None or "\0" in key:
            return None
        rows = await database.rows(self.pool, access.FIND, [parts[0]])
        found = access.caller(*parts, rows[0] if rows else None)
        if found:
            if len(self.known) >= MOST_REMEMBERED:
                self.known.clear()
            self.known[key] = (found, now + REMEMBERED_SECONDS)
        return found

    def count(self, caller: access.Caller, cost: int = 1) -> None:
        """Count a request, and more of them where it carries more.

        The generic cell rate algorithm (ITU-T I.371): a key has one number, the moment until which its requests are
        paid for; it may lie a minute ahead.

        Raises:
            HTTPException: 429, the key asks more often than it may.
        """
        now, seconds = time.monotonic(), MINUTE / caller.requests_per_minute
        paid_until = max(self.paid_until.get(caller.key_id, now), now) + cost * seconds
        if paid_until > now + MINUTE:
            wait = {"Retry-After": str(max(1, math.ceil(paid_until - now - MINUTE)))}
            raise HTTPException(429, f"this key may ask {caller.requests_per_minute} times a minute", wait)
        self.paid_until[caller.key_id] = paid_until


class Needs(SecurityBase):
    """The dependency of a route: the caller, whose key must have one scope.

    One object does what three dependencies of FastAPI would, at a third of their time.
    """

    scheme_name = "key"
    model = HTTPBearerModel(description="A key of `python -m warehouse key create`; as user name of Basic too")

    def __init__(self, scope: str):
        """Ask for this scope."""
        self.scope = scope

    async def __call__(self, request: Request) -> access.Caller:
        """Return who asks.

        Raises:
            HTTPException: 401 without a right key, 403 where the key lacks the scope, 429 where it asks too often.
        """
        door: Doorkeeper = request.app.state.door
        key = _key_of(request.headers.get("authorization", ""))
        found = await door.caller(key) if key else None
        if found is None:
            raise HTTPException(401, "a key is needed: Authorization: Bearer hx_…", {"WWW-Authenticate": "Bearer"})
        if self.scope not in found.scopes:
            raise HTTPException(403, f"this key has not the scope {self.scope}")
        door.count(found)
        return found


def _key_of(authorization: str) -> str:
    """Return the key out of the header, empty where there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except ValueError:
        return ""
