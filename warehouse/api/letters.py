"""What letters lead to: a redirect that counts the click, a pixel that counts the opening. Signed, so without a key."""

import asyncio
import base64
import os
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from prometheus_client import Counter

from warehouse import links
from warehouse.api import problems
from warehouse.check import Arrival
from warehouse.intake import BusyError
from warehouse.raw import EmailEvent

router = APIRouter(tags=["letters"])
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PATIENCE_SECONDS = 1  # a reader is not kept waiting for our counting
LOST = Counter("huaxiang_letter_events_uncertain", "Clicks and openings of which is not known whether they were stored")


def may_lead_to(url: str | None) -> bool:
    """Say whether a link may lead there: to hosts of $HUAXIANG_LINK_HOSTS (between commas) and their subdomains."""
    allowed = [host.strip().lower() for host in os.environ.get("HUAXIANG_LINK_HOSTS", "").split(",") if host.strip()]
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    is_plain = url is not None and url.isprintable() and "\\" not in url and "@" not in parts.netloc
    return (
        is_plain
        and parts.scheme in ("http", "https")
        and any(host == one or host.endswith(f".{one}") for one in allowed)
    )


@router.get("/l/{token}", status_code=302, response_class=RedirectResponse, responses=problems.described(404))
async def click(request: Request, token: str):
    """Count a click, then lead to where the letter's link points."""
    found = links.read("click", token)
    if found is None or not may_lead_to(found[3]):
        raise HTTPException(404, "there is no such link")
    await _count(request, "Email Link Clicked", *found)
    return RedirectResponse(found[3], 302, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


@router.get(
    "/o/{token}.gif",
    response_class=Response,
    responses=problems.described(404) | {200: {"description": "A pixel", "content": {"image/gif": {}}}},
)
async def opened(request: Request, token: str):
    """Count that a letter was opened."""
    found = links.read("open", token)
    if found is None:
        raise HTTPException(404, "there is no such picture")
    await _count(request, "Email Opened", *found)
    return Response(PIXEL, media_type="image/gif", headers={"Cache-Control": "no-store"})


async def _count(request: Request, event: str, business: str, customer: str, campaign: str, url: str | None) -> None:
    record = {
        "event_id": str(uuid4()),
        "event": event,
        "customer_id": customer,
        "campaign_id": campaign,
        "occurred_at": datetime.now(UTC),
        "url": url,
        "user_agent": request.headers.get("user-agent", "")[:1_000].replace("\0", "") or None,
    }
    arrival = Arrival(msgspec.json.encode(record), {name: one for name, one in record.items() if one is not None})
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.shield(request.app.state.intake.put(EmailEvent, business, [arrival]))
    except (BusyError, TimeoutError):
        LOST.inc()
