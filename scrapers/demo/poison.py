"""Records that no pipeline can load: what kinds there are, what they look like, and on which days they arrive."""

import csv
import io
import json
from collections.abc import Callable

from scrapers.demo.posts import item
from scrapers.demo.world import World

COPIES = 3
ID_CONFLICT = "id_conflict"  # made of a good record: the same id with other content


def event(key: str) -> dict:
    """Return a healthy event for others to be spoilt from."""
    return {
        "messageId": f"poison-{key}",
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": "0badc0de-0000-4000-8000-000000000000",
        "userId": None,
        "timestamp": "2026-03-01T08:00:00.000Z",
        "sentAt": "2026-03-01T08:00:00.000Z",
        "receivedAt": "2026-03-01T08:00:02.000Z",
        "context": {"userAgent": "Mozilla/5.0", "page": {"url": "https://shop.example/products/p0001"}},
        "properties": {"product_id": "p0001", "name": "绿茶 Green Tea", "price": 88.5, "currency": "CNY"},
    }


def _event(spoil: Callable[[str], str]) -> Callable[[str], bytes]:
    """Return a maker of events whose JSON text is spoilt."""
    return lambda key: spoil(json.dumps(event(key), ensure_ascii=False)).encode()


def _changed(**fields) -> Callable[[str], bytes]:
    """Return a maker of events in which fields have other values."""
    return lambda key: json.dumps(event(key) | fields, ensure_ascii=False).encode()


def _deep(key: str) -> bytes:
    depth = 20_000
    nested = '{"a":' * depth + "1" + "}" * depth
    return json.dumps(event(key) | {"properties": "HERE"}).replace('"HERE"', nested).encode()


def _without_id(key: str) -> bytes:
    spoilt = event(key)
    del spoilt["messageId"]
    spoilt["properties"]["name"] = key  # so that no two are the same
    return json.dumps(spoilt).encode()


EVENTS: dict[str, Callable[[str], bytes]] = {
    "not_json": lambda key: f"<html><body>502 Bad Gateway {key}</body></html>".encode(),
    "truncated_json": _event(lambda text: text[: len(text) * 2 // 3]),
    "nul_character": _event(lambda text: text.replace("绿茶", "绿\\u0000茶")),
    "nul_byte": _event(lambda text: text.replace("绿茶", "绿\x00茶")),
    "bad_utf8": lambda key: _event(str)(key).replace("绿".encode(), b"\xff\xfe"),
    "lone_surrogate": _event(lambda text: text.replace("绿茶", "绿\\ud83d茶")),
    "not_a_number": _event(lambda text: text.replace("88.5", "NaN")),
    "infinite_number": _event(lambda text: text.replace("88.5", "1e999")),
    "wrong_type": _changed(properties="abc"),
    "missing_id": _without_id,
    "bad_time": _changed(timestamp="the day before yesterday"),
    "year_9999": _changed(timestamp="9999-12-31T23:59:59.000Z"),
    "deep_json": _deep,
    "huge_string": _changed(event="Product Viewed " + "x" * 1_500_000),
    "not_an_object": _event(lambda text: f"[{text}]"),
}


def _row(template: str) -> Callable[[str], bytes]:
    """Return a maker of CSV lines; `*` stands for the key."""
    return lambda key: template.replace("*", f"poison-{key}").encode()


ORDERS = {
    "too_few_columns": _row("*,*-1,c000001"),
    "bad_number": _row("*,*-1,c000001,p0001,Green Tea,1,abc,CNY,2026-03-01T08:00:00Z,completed,CN"),
    "not_a_number": _row("*,*-1,c000001,p0001,Green Tea,NaN,88.50,CNY,2026-03-01T08:00:00Z,completed,CN"),
    "infinite_number": _row("*,*-1,c000001,p0001,Green Tea,1,1e999,CNY,2026-03-01T08:00:00Z,completed,CN"),
    "bad_time": _row("*,*-1,c000001,p0001,Green Tea,1,88.50,CNY,2026-13-45T08:00:00Z,completed,CN"),
    "year_9999": _row("*,*-1,c000001,p0001,Green Tea,1,88.50,CNY,9999-12-31T23:59:59Z,completed,CN"),
    "missing_id": _row(",*-1,c000001,p0001,Green Tea,1,88.50,CNY,2026-03-01T08:00:00Z,completed,CN"),
    "bad_utf8": lambda key: ORDERS["year_9999"](key).replace(b"9999", b"2026").replace(b"Green", b"\xff\xfe"),
    "nul_byte": lambda key: ORDERS["year_9999"](key).replace(b"9999", b"2026").replace(b"Green", b"\x00"),
}
ADA = "Ada,ada@example.com,+8619900000000,female,1990,CN,Shanghai,zh,true,true,true,false"
REGISTRATIONS = {
    "too_few_columns": _row("*,2026-03-01T08:00:00Z,2026-03-01T08:00:00Z"),
    "bad_number": _row("*,2026-03-01T08:00:00Z,2026-03-01T08:00:00Z," + ADA.replace("1990", "abc")),
    "bad_time": _row("*,2026-13-45T08:00:00Z,2026-03-01T08:00:00Z," + ADA),
    "year_9999": _row("*,9999-12-31T23:59:59Z,2026-03-01T08:00:00Z," + ADA),
    "missing_id": _row(",2026-03-01T08:00:00Z,2026-03-01T08:00:00Z," + ADA.replace("Ada", "*")),
}


def _mail(**fields) -> Callable[[str], bytes]:
    """Return a maker of e-mail events in which fields have other values; None leaves one out."""
    healthy = {"event": "open", "email": "ada@example.com", "timestamp": 1_772_352_000, "category": "newsletter"}

    def make(key: str) -> bytes:
        record = healthy | {"sg_event_id": f"poison-{key}", "useragent": key} | fields
        return json.dumps({name: value for name, value in record.items() if value is not None}).encode()

    return make


EMAIL_EVENTS = {
    "missing_id": _mail(sg_event_id=None),
    "bad_time": _mail(timestamp="abc"),
    "year_9999": _mail(timestamp=253_402_300_799),
    "not_an_object": lambda key: json.dumps(f"poison-{key}").encode(),
}


def _post(is_known: bool = True, at: str = "Sun, 01 Mar 2026 08:00:00 GMT") -> Callable[[str], bytes]:
    return lambda key: item(f"poison-{key}" if is_known else "", f"绿茶 {key}", "@x", at, "forum", "zh", "Tea").encode()


POSTS = {
    "missing_id": _post(is_known=False),
    "bad_time": _post(at="the day before yesterday"),
    "year_9999": _post(at="Fri, 31 Dec 9999 23:59:59 GMT"),
}
AD_SPEND = {
    "bad_number": _row("2026-03-01,search,*,tea,10,1,abc,CNY,2026-03-01T23:00:00Z"),
    "bad_time": _row("2026-13-45,search,*,tea,10,1,1.40,CNY,2026-03-01T23:00:00Z"),
}
KINDS = {
    "events": EVENTS | {ID_CONFLICT: None},
    "orders": ORDERS | {ID_CONFLICT: None},
    "registrations": REGISTRATIONS,
    "email_events": EMAIL_EVENTS | {ID_CONFLICT: None},
    "posts": POSTS | {ID_CONFLICT: None},
    "ad_spend": AD_SPEND,
    "campaign_contacts": {},
}


def planted(world: World, feed: str, day: int) -> list[tuple[str, bytes | None]]:
    """Return kind and bytes of what arrives in a feed on a day; an id conflict has no bytes yet."""
    found = []
    for kind, make in KINDS[feed].items():
        days = world.rng("poison", feed, kind).integers(world.days, size=COPIES).tolist()
        for copy, planned in enumerate(days):
            if planned == day:
                found.append((kind, make(f"{feed}-{kind}-{copy}") if make else None))
    return found


def conflicting(feed: str, raw: bytes) -> bytes:
    """Return a record with the id of a good one and other content."""
    if feed == "events":
        return raw.replace(b'"context":{', b'"context":{"changed":true,', 1)
    if feed == "posts":
        return raw.replace(b"<description>", "<description>改了 Changed: ".encode(), 1)
    if feed == "email_events":
        record = json.loads(raw)
        return json.dumps(record | {"timestamp": record["timestamp"] + 1}).encode()
    row = next(csv.reader([raw.decode()]))
    row[5] = str(int(row[5]) + 1)
    return csv_line(row)


def csv_line(values) -> bytes:
    """Return values as a line of CSV, without the end of line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue().encode()
