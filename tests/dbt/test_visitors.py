"""The demo world's visitors: who they are, against what was planted; what they did, against slow, obvious code."""

import json
import os
import re
import subprocess
import sys
import threading
from collections import defaultdict
from datetime import timedelta
from itertools import groupby

import pytest

from scrapers.demo import truth
from scrapers.demo.server import Shop
from scrapers.demo.world import World
from tests.dbt.content import PERSON, dbt, insert
from warehouse.connection import PROJECT

WORLD = World()
SOURCES = ("shop_customers", "shop_events", "shop_email_events")
NO_TESTS = ("resource_type:test", "resource_type:unit_test")

# How somebody came (by source, medium and name of a campaign, or from a page), and the channel that this is.
ENTRIES = [
    ("google", "cpc", "brand", "Paid Search"),
    ("google", "cpc", "shopping_spring", "Paid Shopping"),
    ("google", "CPC", "Cross-Network 1", "Cross-network"),
    ("newsletter", "e-mail", "eshop", "Organic Shopping"),
    ("newsletter", "e-mail", "workshop", "Email"),
    ("weixin", "paid_social", "tea", "Paid Social"),
    ("anywhere", "sm", "tea", "Organic Social"),
    ("bilibili", "retargeting", "tea", "Paid Video"),
    ("taboola", "cpm", "tea", "Display"),
    ("taboola", "cpc", "tea", "Paid Other"),
    ("partner", "affiliate", "tea", "Affiliates"),
    ("partner", "link", "tea", "Referral"),
    ("anywhere", "organic", "tea", "Organic Search"),
    ("spotify", "audio", "tea", "Audio"),
    ("sms", "text", "tea", "SMS"),
    ("firebase", "remote", "tea", "Mobile Push Notifications"),
    ("app", "web_push", "tea", "Mobile Push Notifications"),
    ("leaflet", "paper", "tea", "Unassigned"),
    ("https://toys.example/?utm_source=Bing&utm_medium=cpc#top", "Paid Search"),
    ("https://www.google.co.uk/search", "Organic Search"),
    ("https://m.baidu.com/", "Organic Search"),
    ("https://item.taobao.com/", "Organic Shopping"),
    ("https://mp.weixin.qq.com/s/1", "Organic Social"),
    ("https://v.qq.com/", "Organic Video"),
    ("https://tea-blog.example/", "Referral"),
    ("https://notgoogle.com/", "Referral"),
    ("https://www.toys.example/", "Direct"),
    ("https://cashier.alipay.com/", "Direct"),
    ("", "Direct"),
]


def come(connection, number, *words):
    """Let a visitor of a business of its own open one page."""
    *way, _ = words
    context = {"page": {"url": "https://toys.example/"}}
    if len(way) == 3:
        context["campaign"] = dict(zip(("source", "medium", "name"), way, strict=True))
    elif "utm_" in way[0]:
        context["page"]["url"] = way[0]
    else:
        context["page"]["referrer"] = way[0]
    row = {"business": "toys", "anonymous_id": f"visitor {number}", "occurred_at": "2026-03-20T10:00Z"}
    insert(
        connection, "raw.events", message_id=f"m{number}", type="page", context=context | {"userAgent": PERSON}, **row
    )


@pytest.fixture(scope="module")
def visited(module_warehouse, tmp_path_factory):
    """The warehouse after the world's customers, events and mails were collected and dbt found out who they are."""
    folder = tmp_path_factory.mktemp("visitors")
    with Shop(WORLD, 0) as shop:
        thread = threading.Thread(target=shop.serve_forever, args=(0.02,))
        thread.start()
        for source in SOURCES:
            command = [sys.executable, "-m", "scrapers", source]
            subprocess.run(command, cwd=PROJECT, env=os.environ | {"SHOP_URL": shop.url}, check=True)
        shop.shutdown()
        thread.join()
    for number, entry in enumerate(ENTRIES):
        come(module_warehouse, number, *entry)
    run = dbt(folder, "build", "--select", "+int_identity_conflicts__found", "+sessions", "--exclude", *NO_TESTS)
    assert run.returncode == 0, run.stdout
    return module_warehouse


@pytest.fixture(scope="module")
def persons(tmp_path_factory):
    """What was planted: each customer's devices and where they logged in."""
    folder = tmp_path_factory.mktemp("truth")
    truth.write(WORLD, folder)
    return [json.loads(line) for line in (folder / "identities.jsonl").open()]


def shares(found, right, known):
    """Return the share of what was found that is right, and of what can be known that was found."""
    return len(found & right) / len(found), len(found & known) / len(known)


def test_devices_and_addresses_find_their_customer_among_shared_devices_and_noise(visited, persons):
    """A shared device is each of its customers': where it is left to nobody, all these pairs count as not found."""
    owners, known = defaultdict(set), set()
    for person in persons:
        customer, shown = person["customer_id"], person["seen_logged_in_on"]
        known |= {(device, customer) for device in shown}
        if person["anonymous_ids"][-1] in shown:  # what the aliases of its later ids lead back to
            known |= {(device, customer) for device in person["renewed_ids"]}
        for device in person["anonymous_ids"] + person["renewed_ids"]:
            owners[device].add(customer)
    right = {(device, customer) for device in owners for customer in owners[device]}
    alone = {pair for pair in known if len(owners[pair[0]]) == 1}
    found = set(visited.execute("select anonymous_id, customer_id from intermediate.int_identities__linked"))
    precision, recall = shares(found, right, alone)
    shared = shares(found, right, known)[1]
    print(f"\ndevices: precision {precision:.4f}, recall {recall:.4f} ({shared:.4f} with the shared ones)")
    assert precision >= 0.995 and recall >= 0.97

    addresses = set(
        visited.execute(
            "select encode(index, 'hex'), customer_id from raw.customers"
            " cross join unnest(array[email_index, phone_index]) as index"
        )
    )
    query = """
        select identifier, customer_id from intermediate.int_identities__dated
        where valid_to is null and not is_beyond_cap
    """
    found = set(visited.execute(query))
    precision, recall = shares(found, right | addresses, known | addresses)
    print(f"devices, shared ones too, addresses and numbers: precision {precision:.4f}, recall {recall:.4f}")
    assert precision >= 0.995 and recall >= 0.97
    shared_share = sum(len(person["shares_first_device_with"]) for person in persons) / len(persons)
    assert shared_share > 0.1 and sum(len(person["seen_logged_in_elsewhere_on"]) for person in persons) > 10


def test_a_public_terminal_is_nobodys_and_stands_among_the_conflicts(visited):
    query = """
        select identifier, customer_count from intermediate.int_identity_conflicts__found
        where reason = 'used by more customers than a household has'
    """
    public = dict(visited.execute(query))
    assert public and min(public.values()) > 5
    linked = "select anonymous_id from intermediate.int_identities__linked where anonymous_id = any(%s)"
    assert visited.execute(linked, [list(public)]).fetchall() == []


def people_events(connection):
    """The messages of people who did not object, in order: (visitor, time, message, customer, type, context)."""
    query = """
        select coalesce(raw.anonymous_id, raw.user_id), staged.occurred_at, raw.message_id,
               coalesce(raw.user_id, linked.customer_id), raw.type, raw.context
        from raw.events as raw
        inner join staging.stg_shop__events as staged using (business, message_id)
        left join intermediate.int_events__bot_flagged as bots using (business, message_id)
        left join intermediate.int_identities__linked as linked
            on raw.business = linked.business and raw.anonymous_id = linked.anonymous_id
        left join marts.consents
            on raw.business = consents.business
            and coalesce(raw.user_id, linked.customer_id) = consents.customer_id
            and consents.purpose = 'analytics'
            and consents.valid_to is null
        where bots.message_id is null and raw.business = 'shop' and consents.is_granted is not false
    """
    return sorted(connection.execute(query).fetchall(), key=lambda row: row[:3])


def sessions_of(events):
    """Cut each visitor's messages where they paused, came by another campaign or were another customer."""
    for _, mine in groupby(events, key=lambda row: row[0]):
        session = []
        for row in mine:
            if session and (
                row[1] - session[-1][1] > timedelta(minutes=30)
                or row[5].get("campaign", campaign_of(session)) != campaign_of(session)
                or (row[3] or customer_of(session)) != (customer_of(session) or row[3])
            ):
                yield session
                session = []
            session.append(row)
        yield session


def campaign_of(session):
    return next((row[5]["campaign"] for row in session if "campaign" in row[5]), None)


def customer_of(session):
    return next((row[3] for row in session if row[3]), None)


def channel_of(session):
    """The channel as a person would say it who knows where the demo shop's visitors come from."""
    if campaign := campaign_of(session):
        kinds = {"cpc": "Paid Search", "social": "Organic Social", "referral": "Referral", "email": "Email"}
        return kinds[campaign["medium"]]
    referrer = session[0][5].get("page", {}).get("referrer", "")
    if re.match(r"https://www\.(baidu|google)\.com/", referrer):
        return "Organic Search"
    assert not referrer or referrer.startswith("https://shop.example")
    return "Direct"


def test_sessions_and_channels_are_those_of_slow_obvious_code(visited):
    expected = {
        session[0][2]: (
            session[0][1],
            session[-1][1],
            len(session),
            sum(row[4] in ("page", "screen") for row in session),
            customer_of(session),
            channel_of(session),
        )
        for session in sessions_of(people_events(visited))
    }
    query = """
        select session_id, started_at, ended_at, event_count, page_view_count, customer_id, channel
        from marts.sessions where business = 'shop'
    """
    found = {name: tuple(row) for name, *row in visited.execute(query)}
    assert len(found) > 2000 and len({row[-1] for row in found.values()}) >= 6
    assert found == expected


@pytest.mark.parametrize("number", range(len(ENTRIES)), ids=lambda number: "-".join(ENTRIES[number][:-1]))
def test_a_visitor_comes_through_the_channel_that_google_would_say(visited, number):
    query = "select channel from marts.sessions where business = 'toys' and anonymous_id = %s"
    assert visited.execute(query, [f"visitor {number}"]).fetchall() == [(ENTRIES[number][-1],)]
