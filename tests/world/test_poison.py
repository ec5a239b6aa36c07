import csv
import json
import math
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest

from scrapers.demo import poison


def raises(error, act, *arguments):
    try:
        act(*arguments)
    except error:
        return True
    return False


def event(raw):
    return json.loads(raw)


def row(raw):
    return next(csv.reader([raw.decode()]))


def post(raw):
    names = b'<rss xmlns:dc="d" xmlns:shop="s">'
    return ElementTree.fromstring(names + raw + b"</rss>")[0]


def depth(raw):
    return raw.count(b"{")


EVENTS = {
    "not_json": lambda raw: raises(ValueError, json.loads, raw) and not raw.startswith(b"{"),
    "truncated_json": lambda raw: raises(ValueError, json.loads, raw) and raw.startswith(b'{"messageId"'),
    "nul_character": lambda raw: "\x00" in event(raw)["properties"]["name"],
    "nul_byte": lambda raw: b"\x00" in raw,
    "bad_utf8": lambda raw: raises(UnicodeDecodeError, raw.decode),
    "lone_surrogate": lambda raw: raises(UnicodeEncodeError, event(raw)["properties"]["name"].encode),
    "not_a_number": lambda raw: math.isnan(event(raw)["properties"]["price"]),
    "infinite_number": lambda raw: b"1e999" in raw and math.isinf(event(raw)["properties"]["price"]),
    "wrong_type": lambda raw: isinstance(event(raw)["properties"], str),
    "missing_id": lambda raw: "messageId" not in event(raw),
    "bad_time": lambda raw: raises(ValueError, datetime.fromisoformat, event(raw)["timestamp"]),
    "year_9999": lambda raw: event(raw)["timestamp"].startswith("9999-"),
    "deep_json": lambda raw: depth(raw) > 20_000 and raises(RecursionError, json.loads, raw),
    "huge_string": lambda raw: len(event(raw)["event"]) > 1_500_000,
    "not_an_object": lambda raw: isinstance(event(raw), list),
}
ORDERS = {
    "too_few_columns": lambda raw: len(row(raw)) == 3,
    "bad_number": lambda raw: raises(ValueError, float, row(raw)[6]),
    "not_a_number": lambda raw: math.isnan(float(row(raw)[5])),
    "infinite_number": lambda raw: math.isinf(float(row(raw)[6])),
    "bad_time": lambda raw: raises(ValueError, datetime.fromisoformat, row(raw)[8]),
    "year_9999": lambda raw: row(raw)[8].startswith("9999"),
    "missing_id": lambda raw: row(raw)[0] == "",
    "bad_utf8": lambda raw: raises(UnicodeDecodeError, raw.decode),
    "nul_byte": lambda raw: b"\x00" in raw,
}
REGISTRATIONS = {
    "too_few_columns": lambda raw: len(row(raw)) == 3,
    "bad_number": lambda raw: raises(ValueError, int, row(raw)[7]) and len(row(raw)) == 15,
    "bad_time": lambda raw: raises(ValueError, datetime.fromisoformat, row(raw)[1]),
    "year_9999": lambda raw: row(raw)[1].startswith("9999"),
    "missing_id": lambda raw: row(raw)[0] == "" and len(row(raw)) == 15,
}
EMAIL_EVENTS = {
    "missing_id": lambda raw: "sg_event_id" not in json.loads(raw),
    "bad_time": lambda raw: raises(ValueError, int, json.loads(raw)["timestamp"]),
    "year_9999": lambda raw: datetime.fromtimestamp(json.loads(raw)["timestamp"] - 86_400).year == 9999,
    "not_an_object": lambda raw: isinstance(json.loads(raw), str),
}
POSTS = {
    "missing_id": lambda raw: post(raw).find("guid") is None and post(raw).find("link") is None,
    "bad_time": lambda raw: raises(ValueError, parsedate_to_datetime, post(raw).findtext("pubDate")),
    "year_9999": lambda raw: parsedate_to_datetime(post(raw).findtext("pubDate")).year == 9999,
}
AD_SPEND = {
    "bad_number": lambda raw: raises(ValueError, float, row(raw)[6]) and len(row(raw)) == 9,
    "bad_time": lambda raw: raises(ValueError, datetime.fromisoformat, row(raw)[0]),
}
STATED = {
    "events": EVENTS,
    "orders": ORDERS,
    "registrations": REGISTRATIONS,
    "email_events": EMAIL_EVENTS,
    "posts": POSTS,
    "ad_spend": AD_SPEND,
}
CASES = [(feed, kind) for feed, kinds in poison.KINDS.items() for kind in kinds if kind != poison.ID_CONFLICT]


@pytest.mark.parametrize(("feed", "kind"), CASES)
def test_every_kind_of_poison_is_malformed_in_the_stated_way(feed, kind):
    raw = poison.KINDS[feed][kind]("a-key")
    assert STATED[feed][kind](raw)
    assert b"\n" not in raw


def test_a_healthy_record_shows_none_of_the_faults():
    healthy = json.dumps(poison.event("a-key")).encode()
    shown = [
        kind for kind, is_stated in EVENTS.items() if not raises(Exception, is_stated, healthy) and is_stated(healthy)
    ]
    assert shown == []


def test_a_conflict_has_a_known_id_and_other_content():
    line = json.dumps(poison.event("a-key"), separators=(",", ":")).encode()
    changed = json.loads(poison.conflicting("events", line))
    assert changed["messageId"] == json.loads(line)["messageId"] and changed != json.loads(line)
    order = b"o1,o1-1,c1,p1,Tea,1,88.50,CNY,2026-03-01T08:00:00Z,completed,CN"
    assert row(poison.conflicting("orders", order))[:2] == row(order)[:2]
    assert row(poison.conflicting("orders", order)) != row(order)


def test_a_conflict_comes_after_the_record_it_contradicts(shop, truths):
    seen, conflicts = {}, 0
    for raw in shop.records("/orders.csv"):
        key = b",".join(raw.split(b",")[:2])
        conflicts += seen.setdefault(key, raw) != raw and raw.startswith(b"o")
    assert conflicts == truths["totals"]["orders"]["poison"]["id_conflict"]


def test_there_are_at_least_ten_kinds_and_a_handful_of_each(truths):
    kinds = {record["kind"] for record in truths["poison"]}
    assert len(kinds) >= 10
    assert all(1 <= count <= 5 for feed in poison.KINDS for count in truths["totals"][feed]["poison"].values())
