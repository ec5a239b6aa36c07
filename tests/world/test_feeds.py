import csv
import json
from collections import Counter
from datetime import datetime
from hashlib import sha256

import pytest

from scrapers.demo import behaviour, clocks, feeds

FEEDS = [(feed.name, feed.path) for feed in feeds.FEEDS.values()]


@pytest.mark.parametrize(("name", "path"), FEEDS)
def test_the_totals_of_the_truth_are_what_is_served(shop, truths, name, path):
    served, totals = shop.records(path), truths["totals"][name]
    assert totals["records"] == len(served) == totals["good"] + totals["duplicates"] + totals["poisoned"]
    hashes = Counter(sha256(raw).hexdigest() for raw in served)
    poison = [row for row in truths["poison"] if row["feed"] == name]
    assert Counter(row["kind"] for row in poison) == totals["poison"]
    assert all(hashes[row["sha256"]] == 1 for row in poison)
    assert totals["duplicates"] == sum(hashes.values()) - len(hashes)


@pytest.mark.parametrize(("name", "path"), FEEDS)
def test_the_truth_of_each_day_is_what_is_served_for_that_day(shop, truths, name, path):
    for day, totals in enumerate(truths["totals"][name]["days"]):
        assert len(shop.records(path, first=day, until=day + 1)) == totals["records"]


@pytest.mark.parametrize(("name", "path"), FEEDS)
def test_the_pages_of_a_window_add_up_to_the_window(shop, name, path):
    whole = shop.records(path, first=3, until=12)
    size = max(len(whole) // 7, 1)
    assert len(list(shop.pages(path, first=3, until=12, size=size))) >= 7
    assert shop.records(path, first=3, until=12, size=size) == whole


def test_no_page_is_longer_than_was_asked_for_or_is_allowed(shop):
    assert [body.count(b"\n") <= 100 for body in shop.pages("/events.jsonl", until=5, size=100)].count(False) == 0
    assert all(body.count(b"\n") <= 5000 + 1 for body in shop.pages("/orders.csv", size=9_999_999))
    assert all(len(body) <= feeds.LONGEST_PAGE + 10**6 for body in shop.pages("/events.jsonl"))


@pytest.mark.parametrize(
    ("path", "body"),
    [("/events.jsonl", b""), ("/email_events.json", b"[]\n"), ("/orders.csv", b"order_id,")],
)
def test_an_empty_window_is_a_page_without_records(shop, path, body):
    (page,) = shop.pages(path, first=40, until=50)
    assert page.startswith(body) and page.count(b"\n") == (len(page) > 0)


def test_a_day_is_served_without_the_days_before_it(shop):
    behaviour.block.cache_clear()
    feeds.records.cache_clear()
    assert shop.records("/events.jsonl", first=25, until=26)
    assert behaviour.block.cache_info().misses <= 2  # the day, and one earlier day that is delivered again


def test_a_wrong_question_is_refused_in_words(shop):
    for query in ("", "?from=2026-03-01", "?from=yesterday&until=2026-03-02"):
        assert shop.get("/events.jsonl" + query)[0] == 400
    window = "?from=2026-03-02&until=2026-03-03"
    assert shop.get(f"/events.jsonl{window}&after=x")[0] == 400
    status, _, body = shop.get(f"/events.jsonl{window}&after=0.0.0")
    assert status == 400 and b"Link" in body


def test_events_come_compressed_to_those_who_accept_it(shop):
    path = "/events.jsonl?from=2026-03-01&until=2026-03-04"
    _, plain_headers, plain = shop.get(path)
    _, headers, unpacked = shop.get(path, Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain_headers
    assert int(headers["Content-Length"]) < len(plain) / 3 and unpacked == plain


def good_events(shop, truths):
    poison = {row["sha256"] for row in truths["poison"]}
    lines = dict.fromkeys(shop.records("/events.jsonl"))
    return [json.loads(line) for line in lines if sha256(line).hexdigest() not in poison]


def test_late_events_are_served_on_the_day_they_arrive(shop, truths):
    late = {row["message_id"]: row for row in truths["late"]}
    events = good_events(shop, truths)
    right = [one for one in events if clocks.offset(one["anonymousId"]) == clocks.RIGHT]
    wrong = {row["message_id"] for row in truths["clocks"]}
    assert late
    assert set(late) - wrong == {one["messageId"] for one in right if one["timestamp"][:10] < one["receivedAt"][:10]}
    lags = {
        (datetime.fromisoformat(row["arrived_on"]) - datetime.fromisoformat(row["happened_on"])).days
        for row in truths["late"]
    }
    assert lags <= set(range(1, 11)) and len(lags) > 5


def test_an_order_in_the_events_is_an_order_in_the_orders(shop, truths):
    told = {}
    for event in good_events(shop, truths):
        if event.get("event") in ("Order Completed", "purchase"):
            properties = event["properties"]
            lines = properties.get("products") or properties["items"]
            told[properties.get("order_id") or properties["transaction_id"]] = len(lines)
    rows = {}
    for row in csv.reader(line.decode("utf-8", "replace") for line in shop.records("/orders.csv")):
        if len(row) == 11 and row[0].startswith("o"):
            rows.setdefault(row[0], set()).add(row[1])
    assert told == {order_id: len(lines) for order_id, lines in rows.items()}


def test_web_and_app_speak_segment_and_ga4(shop, truths):
    names = {event["event"] for event in good_events(shop, truths) if event["type"] == "track"}
    assert {"Products Searched", "Product List Viewed", "Product Viewed", "Product Added"} <= names
    assert {"Product Added to Wishlist", "Checkout Started", "Order Completed"} <= names
    assert {"view_item", "add_to_cart", "purchase"} <= names


def test_a_line_is_delivered_again_at_once_and_on_later_days(shop):
    first, lags = {}, set()
    for day in range(shop.world.days):
        for line in shop.records("/events.jsonl", first=day, until=day + 1):
            lags.add(day - first.setdefault(line, day) if line in first else None)
            first.setdefault(line, day)
    assert 0 in lags and max(lag for lag in lags if lag is not None) > 1


def test_a_message_happens_then_is_sent_then_received(shop, truths):
    for event in good_events(shop, truths):
        assert event["timestamp"] <= event["sentAt"]
        sent_at = datetime.fromisoformat(event["sentAt"]) - clocks.offset(event["anonymousId"])
        assert sent_at <= datetime.fromisoformat(event["receivedAt"])


def test_a_login_ties_a_device_to_a_user_and_an_address(shop, truths):
    people = {row["user_id"]: row for row in truths["identities"]}
    logins = [event for event in good_events(shop, truths) if event["type"] == "identify"]
    assert logins
    for login in logins:
        person = people[login["userId"]]
        assert login["anonymousId"] in person["seen_logged_in_on"] + person["seen_logged_in_elsewhere_on"]
        assert login["traits"]["email"].lower() == person["email"]
