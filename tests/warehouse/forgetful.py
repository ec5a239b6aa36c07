"""People of a business that forgets them: what each is known by and did, with signs that any search finds."""

import json
import re

from warehouse import vault
from warehouse.check import Arrival
from warehouse.load import load
from warehouse.raw import CampaignContact, Customer, EmailEvent, Event, OrderLine, Post, Product

BUSINESS = "forgetful"
TEAS = [f"t{n}" for n in range(20)]
TOKEN = re.compile(rb"k[cdmpe]-\d{4}|kanarie[._]?\d{4}|7731824\d{4}|[0-9a-f]{64}")


def email(n):
    return f"kanarie.{n:04}@mail.example"


def signs(n):
    """All by which a search finds a person: ids, address, number, handle, and their blind indexes."""
    clear = [f"kc-{n:04}", f"kd-{n:04}", f"km-{n:04}", f"kp-{n:04}", f"ke-{n:04}"]
    clear += [f"kanarie.{n:04}", f"kanarie_{n:04}", f"kanarie{n:04}", f"7731824{n:04}"]
    hashed = [("email", email(n)), ("phone", f"+7731824{n:04}"), ("handle", f"kanarie_{n:04}")]
    return {one.encode() for one in clear} | {vault.index(*one).hex().encode() for one in hashed}


def arrival(**record):
    return Arrival(json.dumps(record).encode(), record)


def records(people, products=TEAS, month="2026-03"):
    """Yield (contract, arrivals) of what these people are and did within one month, with these products."""
    at = [f"{month}-{1 + n % 27:02}T10:00:{n % 60:02}Z" for n in people]
    pairs = list(zip(people, at, strict=True))
    yield (
        Customer,
        [
            arrival(
                customer_id=f"kc-{n:04}",
                name=f"Kanarie{n:04} Veldkers",
                email=email(n),
                phone=f"+7731824{n:04}",
                registered_at=when,
                consents={"email": True, "personalisation": True},
                extra={"remark": f"likes kanarie{n:04}"},
            )
            for n, when in pairs
        ],
    )
    events = []
    for n, when in pairs:
        shared = {"type": "track", "occurred_at": when, "received_at": when}
        shared["context"] = {"userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
        product = products[n % len(products)]
        seen = {"product_id": product, "email": email(n)}
        events.append(
            arrival(
                message_id=f"km-{n:04}-1", anonymous_id=f"kd-{n:04}", event="Product Viewed", properties=seen, **shared
            )
        )
        events.append(
            arrival(
                message_id=f"km-{n:04}-2",
                anonymous_id=f"kd-{n:04}",
                user_id=f"kc-{n:04}",
                event="Product Reviewed",
                properties={"product_id": product, "review_id": f"kp-{n:04}"},
                traits={"email": email(n)},
                **shared,
            )
        )
    yield Event, events
    yield (
        EmailEvent,
        [arrival(event_id=f"ke-{n:04}", event="Email Opened", email=email(n), occurred_at=when) for n, when in pairs],
    )
    yield (
        Post,
        [
            arrival(post_id=f"kp-{n:04}", author=f"kanarie_{n:04}", content="Lovely green tea", posted_at=when)
            for n, when in pairs
        ],
    )
    yield (
        OrderLine,
        [
            arrival(
                order_id=f"o{n}-{turn}",
                line_id="1",
                customer_id=f"kc-{n:04}",
                product_id=products[(n + turn) % len(products)],
                quantity=1,
                unit_price="9.90",
                currency="CNY",
                ordered_at=when,
            )
            for n, when in pairs
            for turn in range(2)
        ],
    )
    yield (
        CampaignContact,
        [
            arrival(campaign_id="spring", customer_id=f"kc-{n:04}", contacted_at=when, is_control=False)
            for n, when in pairs
        ],
    )


def plant(connection, people):
    """Load these people; return what became of the records, by table."""
    origin = {"business": BUSINESS, "run_id": "r1"}
    products = [
        arrival(
            product_id=tea, name=f"Green tea {tea}", price="9.90", currency="CNY", last_seen_at="2026-03-01T00:00:00Z"
        )
        for tea in TEAS
    ]
    load(connection, Product, products, source="forgetful_products", **origin)
    return {
        contract.table: load(connection, contract, arrivals, source=f"forgetful_{contract.table}", **origin)
        for contract, arrivals in records(people)
    }


def tokens(content: bytes) -> set[bytes]:
    """Return the signs of anybody that stand in some bytes."""
    return set(TOKEN.findall(content.lower()))
