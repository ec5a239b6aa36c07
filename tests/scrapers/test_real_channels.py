"""Real deliveries of every channel through the collector, to the record."""

import gzip
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter

import pytest

from tests.real_data import SHARED, needs
from warehouse.connection import PROJECT

pytestmark = pytest.mark.real_data


def ledger(warehouse):
    query = "select sum(received), sum(loaded), sum(duplicate), sum(quarantined) from raw.batches"
    return [int(total) for total in warehouse.execute(query).fetchone()]


def counted(warehouse, query):
    return dict(warehouse.execute(query).fetchall())


ADDRESS = r'"(?:email|Email|Recipient|(?:raw_)?rcpt_to|emailAddress)": "([^"]+)"'
EVENTS = "select event, count(*) from raw.email_events group by 1"
# Equal bytes are kept once; how many they were stands in the ledger.
REASONS = "select reason, count(*) from quarantine.records group by 1"
MAILS = {
    # payloads, [received, loaded, duplicate, quarantined], loaded by event, kept in quarantine by reason
    "sendgrid": (
        10,
        [10, 9, 1, 0],  # one delivery stands there twice, with one sg_event_id
        {
            "Email Sent": 1,
            "Email Delivered": 1,
            "Email Dropped": 3,
            "Email Bounced": 1,
            "Email Deferred": 1,
            "Email Opened": 1,
            "Email Link Clicked": 1,
        },
        {},
    ),
    "amazon_ses": (
        10,
        [11, 6, 0, 5],  # a bounce to two is two; it, a complaint and a failure came without a time; one mail came in
        {
            "Email Bounced": 1,
            "Email Delivered": 1,
            "Email Sent": 1,
            "Email Dropped": 1,
            "Email Opened": 1,
            "Email Link Clicked": 1,
        },
        {"missing_field": 3, "inbound_email": 1},
    ),
    "brevo": (
        12,
        [12, 12, 0, 0],
        {
            "Email Sent": 1,
            "Email Bounced": 2,
            "Email Dropped": 3,
            "Email Marked as Spam": 1,
            "Email Deferred": 1,
            "Email Opened": 1,
            "Email Opened by Proxy": 2,
            "Email Link Clicked": 1,
        },
        {},
    ),
    "postmark": (
        9,
        [9, 8, 0, 1],  # an unsubscription came without a time
        {
            "Email Bounced": 1,
            "Email Delivered": 1,
            "Email Opened": 1,
            "Email Link Clicked": 1,
            "Email Marked as Spam": 1,
            "Unsubscribed": 1,
            "Resubscribed": 1,
            "Email Suppressed": 1,
        },
        {"missing_field": 1},
    ),
    "sparkpost": (
        13,
        [15, 6, 0, 9],  # eight came without id and time, two of them equal; a delivery has the id of an injection
        {
            "Email Sent": 1,
            "Email Bounced": 1,
            "Email Deferred": 1,
            "Unsubscribed": 1,
            "Email Dropped": 2,
        },
        {"missing_field": 7, "id_conflict": 1},
    ),
}


@needs("email_webhooks")
@pytest.mark.parametrize("provider", MAILS)
def test_every_payload_of_a_mail_provider_is_an_event_or_has_its_reason(provider, collect, warehouse, tmp_path):
    payloads, counts, events, reasons = MAILS[provider]
    delivered = json.loads((SHARED / "email_webhooks" / f"anymail_{provider}.json").read_text())
    assert len(delivered) == payloads
    path = tmp_path / "bodies.jsonl"
    path.write_text("".join(json.dumps(one["payload"]) + "\n" for one in delivered))
    done = collect({"preset": provider.removeprefix("amazon_"), "path": str(path)})
    assert done.returncode == 0, done.stderr
    assert ledger(warehouse) == counts
    assert counted(warehouse, EVENTS) == events
    assert counted(warehouse, REASONS) == reasons
    addresses = set(re.findall(ADDRESS, path.read_text()))
    clear = warehouse.execute("select string_agg(email_events::text, ' ') from raw.email_events").fetchone()[0]
    assert len(addresses) >= 2 and not [address for address in addresses if address in clear]


@needs("email_webhooks")
def test_the_same_payloads_inside_sns_give_the_same_events(collect, warehouse, tmp_path):
    delivered = json.loads((SHARED / "email_webhooks" / "anymail_amazon_ses.json").read_text())
    path = tmp_path / "bodies.jsonl"
    notes = [
        {"Type": "Notification", "MessageId": str(number), "TopicArn": "arn:aws:sns:x", "Message": json.dumps(payload)}
        for number, payload in enumerate(one["payload"] for one in delivered if "Message" not in one["payload"])
    ]
    path.write_text("".join(json.dumps(note) + "\n" for note in notes))
    assert collect({"preset": "ses", "path": str(path)}).returncode == 0
    assert ledger(warehouse) == [10, 6, 0, 4]
    assert counted(warehouse, EVENTS) == MAILS["amazon_ses"][2]


@needs("access_logs")
def test_ten_thousand_lines_of_a_web_server_are_ten_thousand_requests(collect, warehouse, tmp_path):
    path = tmp_path / "access.log.gz"
    path.write_bytes((SHARED / "access_logs" / "apache_logs.gz").read_bytes())
    lines = gzip.decompress(path.read_bytes()).splitlines()
    repeated = sum(count - 1 for count in Counter(lines).values())
    assert (len(lines), repeated) == (10_000, 19)
    entry = {"preset": "access_log", "path": str(path)}
    assert collect(entry).returncode == 0
    assert ledger(warehouse) == [10_000, 9_999, 0, 1]
    assert counted(warehouse, REASONS) == {"not_combined": 1}  # its last quote is missing
    statuses = "select properties ->> 'status', count(*) from raw.events group by 1"
    expected = {"200": 9125, "206": 45, "301": 164, "304": 445, "403": 2, "404": 213, "416": 2, "500": 3}
    assert counted(warehouse, statuses) == expected
    one = "select count(distinct anonymous_id), count(user_id), min(occurred_at)::text, max(occurred_at)::text"
    found = warehouse.execute(f"{one} from raw.events").fetchone()
    assert found[:2] == (1753, 0)
    assert "83.149.9.216" not in warehouse.execute("select string_agg(events::text, ' ') from raw.events").fetchone()[0]
    warehouse.execute("truncate raw.cursors")
    assert "10,000 received = 0 loaded + 9,999 duplicate + 1 quarantined" in collect(entry).stdout


@needs("taobao")
def test_taobao_is_a_sources_file_and_nothing_else(warehouse):
    own = {"TAOBAO": str(SHARED / "taobao" / "user_behavior_head.csv.gz")}
    command = [sys.executable, "-m", "scrapers", "taobao_events", "--sources", "scrapers/sources/taobao.yml"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | own, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert ledger(warehouse) == [84_475, 84_475, 0, 0]
    assert counted(warehouse, "select event, count(*) from raw.events group by 1") == {
        "Product Viewed": 75_872,
        "Product Added": 4_497,
        "Product Added to Wishlist": 2_356,
        "Order Completed": 1_750,
    }
    assert warehouse.execute("select count(distinct user_id) from raw.events").fetchone() == (815,)
    # The data set says 2017-11-25 to 2017-12-03, Chinese time. One row lies ten weeks before.
    outside = """
        select occurred_at::text, user_id, properties ->> 'product_id', event from raw.events
        where occurred_at < '2017-11-20 00:00+08' or occurred_at >= '2017-12-04 00:00+08' order by 1
    """
    warehouse.execute("set time zone 'UTC'")
    assert warehouse.execute(outside).fetchall() == [("2017-09-11 08:16:39+00", "1000169", "1328010", "Product Viewed")]
    early = "select count(*) from raw.events where occurred_at < '2017-11-25 00:00+08'"
    assert warehouse.execute(early).fetchone() == (35,)


@needs("chinese_text")
def test_reviews_of_an_export_are_posts_with_their_category(collect, warehouse, tmp_path):
    with zipfile.ZipFile(SHARED / "chinese_text" / "online_shopping_10_cats.zip") as archive:
        (name,) = archive.namelist()
        path = tmp_path / name
        path.write_bytes(archive.read(name))
    mapping = {
        "post_id": {"digest": ["cat", "label", "review"]},
        "channel": {"value": "review"},
        "content": "review",
        "rating": "label",
        "posted_at": {"value": "2017-01-01T00:00:00Z"},
        "extra": {"object": {"category": "cat"}},
    }
    assert collect({"kind": "posts", "path": str(path), "format": "csv", "mapping": mapping}).returncode == 0
    assert ledger(warehouse) == [62_774, 62_773, 0, 1]
    assert counted(warehouse, REASONS) == {"missing_field": 1}
    categories = counted(warehouse, "select extra ->> 'category', count(*) from raw.posts group by 1")
    assert len(categories) == 10 and categories["水果"] == 10_000 and categories["热水器"] == 574
    assert counted(warehouse, "select rating::int, count(*) from raw.posts group by 1") == {1: 31_727, 0: 31_046}
    texts = [content for (content,) in warehouse.execute("select content from raw.posts")]
    assert not [text for text in texts if "tonytong7015" in text or "13754900130" in text]
    masked = Counter(mark for text in texts for mark in ("[email]", "[phone]") if mark in text)
    assert masked == {"[email]": 7, "[phone]": 20}
