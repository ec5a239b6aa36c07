import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers import formats
from scrapers.envelopes import ENVELOPES
from scrapers.mapping import compiled
from scrapers.sources import read
from warehouse.check import Problem


@pytest.fixture
def records(server, tmp_path):
    """Map payloads by a preset; a payload is one line."""

    def mapped(preset, *payloads):
        file = tmp_path / "sources.yml"
        file.write_text(f"business: toy\nsources: {{toy: {{preset: {preset}, path: x}}}}")
        source = read(file)["toy"]
        text = b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in payloads)
        return [arrival.record for arrival in formats.arrivals(source, text, compiled(source))]

    return mapped


def reasons(found):
    return [record.reason if isinstance(record, Problem) else "good" for record in found]


def test_one_broken_event_of_a_body_hides_no_neighbour(records):
    event = b'{"sg_event_id": "%d", "event": "open", "timestamp": 1461095250}'
    body = b"[" + b",".join([event % 1, b'{"timestamp": NaN}', event % 2, b"7"]) + b"]"
    assert reasons(records("sendgrid", body, event % 3)) == ["good", "not_a_number", "good", "wrong_type", "good"]
    assert reasons(records("sendgrid", b"[" + event % 1 + b"," + b" " * 2_000_000 + event % 2 + b"]")) == ["too_large"]


def test_an_open_by_a_mail_apps_proxy_is_no_open_by_a_person(records):
    event = {"sg_event_id": "1", "event": "open", "timestamp": 1461095250, "category": ["spring", "tea"]}
    person, proxy = records("sendgrid", [event | {"sg_machine_open": False}, event | {"sg_machine_open": True}])
    assert (person["event"], proxy["event"]) == ("Email Opened", "Email Opened by Proxy")
    assert person["campaign_id"] == "spring"
    for name in ("proxy_open", "unique_proxy_open"):
        assert records("brevo", {"event": name, "ts_epoch": 1461095250000})[0]["event"] == "Email Opened by Proxy"


MAIL = {"messageId": "m1", "timestamp": "2026-03-01T10:00:00Z", "destination": ["a@x.example", "b@x.example"]}


def test_an_ses_event_is_one_record_for_each_recipient_it_names(records):
    bounced = {"bounceType": "Permanent", "timestamp": "2026-03-01T10:00:01Z"}
    bounced["bouncedRecipients"] = [{"emailAddress": "b@x.example"}]
    opened = {"timestamp": "2026-03-02T10:00:00Z", "userAgent": "X", "ipAddress": "203.0.113.9"}
    sent, also_sent, bounce, opening = records(
        "ses",
        {"eventType": "Send", "mail": MAIL, "send": {}},
        {"eventType": "Bounce", "mail": MAIL, "bounce": bounced},
        {"eventType": "Open", "mail": MAIL, "open": opened},
    )
    assert [(one["event"], one["email"]) for one in (sent, also_sent, bounce)] == [
        ("Email Sent", "a@x.example"),
        ("Email Sent", "b@x.example"),
        ("Email Bounced", "b@x.example"),
    ]
    assert sent["event_id"] != also_sent["event_id"]
    # Who of two opened it, SES does not say.
    assert opening["event"] == "Email Opened" and "email" not in opening
    assert "203.0.113.9" not in str(opening) and "a@x.example" not in str(opening)


def test_sns_is_opened_and_its_own_messages_are_told_apart(records):
    event = {"eventType": "Delivery", "mail": MAIL, "delivery": {"timestamp": "2026-03-01T10:00:02Z"}}
    event["delivery"]["recipients"] = ["a@x.example"]
    note = {"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(event)}
    bare, wrapped = records("ses", event, note)
    assert bare == wrapped and bare["event"] == "Email Delivered"
    others = [{"Type": "SubscriptionConfirmation"}, {"Message": "validated"}, {"Message": "[]"}, {"Message": None}]
    found = records("ses", *(note | other for other in others))
    assert reasons(found) == ["no_email_event", "no_email_event", "wrong_type", "no_email_event"]
    assert reasons(records("ses", {"eventType": "Yodel"}, {"notificationType": "Received"}, {"event": []})) == [
        "unknown_value",
        "inbound_email",
        "good",  # held against the contract it misses its fields
    ]


def test_sparkpost_pings_and_inbound_mails_are_no_events(records):
    found = records("sparkpost", [{"msys": {}}, {"msys": {"relay_message": {"msg_from": "a@x.example"}}}, {"x": 1}])
    assert reasons(found) == ["no_email_event", "inbound_email", "missing_field"]


GA4 = {
    "event_date": "20260301",
    "event_timestamp": "1772359200123456",
    "event_name": "add_to_cart",
    "event_params": [
        {"key": "page_location", "value": {"string_value": "https://s.example/tea"}},
        {"key": "value", "value": {"int_value": None, "double_value": 88.5}},
        {"key": "ga_session_id", "value": {"int_value": "7"}},
        {"key": "source", "value": {"string_value": "newsletter"}},
    ],
    "user_pseudo_id": "1.2",
    "user_id": None,
    "user_properties": [{"key": "plan", "value": {"string_value": "gold"}}],
    "device": {"category": "mobile", "advertising_id": "ad-1"},
    "traffic_source": {"medium": "organic", "source": "google"},
    "ecommerce": {"transaction_id": "(not set)", "purchase_revenue": None, "total_item_quantity": 1},
    "items": [{"item_id": "T1", "price": 88.5, "item_brand": "(not set)", "quantity": None, "item_params": []}],
}


def test_a_row_of_ga4_is_a_track_event_with_its_items(records):
    event, again, other = records("ga4", GA4, GA4, GA4 | {"items": []})
    assert event["occurred_at"].isoformat() == "2026-03-01T10:00:00.123456+00:00"
    assert (event["type"], event["event"], event["anonymous_id"]) == ("track", "add_to_cart", "1.2")
    assert event["properties"]["items"] == [{"item_id": "T1", "price": 88.5}]
    assert event["properties"]["value"] == 88.5 and "transaction_id" not in event["properties"]
    assert event["context"]["page"] == {"url": "https://s.example/tea"}
    assert event["context"]["campaign"] == {"source": "newsletter"}
    assert event["context"]["device"] == {"category": "mobile"} and event["traits"] == {"plan": "gold"}
    assert event["message_id"] == again["message_id"] != other["message_id"]


def test_rudderstacks_envelope_is_segments_and_traits_leave_the_clear_context(records):
    message = {
        "messageId": "m1",
        "type": "identify",
        "userId": "c1",
        "anonymousId": "a1",
        "rudderId": "r1",
        "channel": "web",
        "originalTimestamp": "2026-03-01T10:00:00.000Z",
        "sentAt": "2026-03-01T10:00:01.000Z",
        "request_ip": "203.0.113.9",
        "context": {"traits": {"email": "li@mail.example"}, "ip": "203.0.113.9", "userAgent": "X"},
    }
    live, stored = records("rudderstack", message, message | {"timestamp": "2026-03-01T09:59:59.000Z"})
    times = [one["occurred_at"].isoformat() for one in (live, stored)]
    assert times == ["2026-03-01T10:00:00+00:00", "2026-03-01T09:59:59+00:00"]
    assert stored["extra"] == {"channel": "web", "original_timestamp": message["originalTimestamp"]}
    assert live["traits"] == {"email": "li@mail.example"} and live["context"] == {"userAgent": "X"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["TopicArn", "Message", "Type", "eventType", "mail", "open", "bounce", "msys", "items", "event_params"]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON | st.sampled_from(["Bounce", "Open", "Notification"])))
def test_no_payload_is_a_stack_trace_or_vanishes(payload):
    for name, envelope in ENVELOPES.items():
        found = envelope(payload)
        assert found, name
        assert all(isinstance(record, dict | Problem) for record in found)
