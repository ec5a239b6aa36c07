"""What is sent: stored before it is acknowledged, once, and at once part of the next answer."""

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from warehouse import links

MOMENT = "2026-03-01T10:00:00Z"


def message(number, **more):
    return {
        "type": "track",
        "messageId": f"m{number}",
        "event": "Product Viewed",
        "anonymousId": "a1",
        "timestamp": MOMENT,
        "properties": {"product_id": "p30"},
    } | more


def count(connection, like):
    query = "select count(*) from raw.events where business = 'shop' and message_id like %s"
    return connection.execute(query, [like]).fetchone()[0]


def send(client, *messages, path="/events", **around):
    found = client.post(path, json={"batch": list(messages)} | around)
    assert found.status_code == 200, found.text
    return found.json()


def test_a_batch_is_stored_once_however_often_it_is_sent(client, module_warehouse):
    batch = [message(f"once{n}") for n in range(100)]
    assert send(client, *batch) == {"success": True, "received": 100, "rejected": []}
    assert send(client, *batch, sentAt="2026-03-01T10:00:05Z")["received"] == 100
    assert count(module_warehouse, "monce%") == 100


def test_a_message_without_a_time_is_the_same_one_when_it_is_sent_again(client):
    timeless = [{"messageId": f"mtimeless{n}", "anonymousId": "a", "type": "page"} for n in range(3)]
    assert send(client, *timeless)["rejected"] == send(client, *timeless)["rejected"] == []
    other = send(client, timeless[0] | {"timestamp": "2026-03-01T10:00:00Z"})["rejected"]
    assert [one["reason"] for one in other] == ["id_conflict"]


def test_gzip_and_segments_own_addresses_are_understood(client, module_warehouse):
    body = gzip.compress(json.dumps({"batch": [message("zipped")]}).encode())
    assert client.post("/v1/batch", content=body, headers={"Content-Encoding": "gzip"}).status_code == 200
    one = {"messageId": "mtrack", "userId": "c1", "event": "Product Viewed", "properties": {"product_id": "p1"}}
    assert client.post("/v1/track", json=one).json()["success"]
    row = "select type, event, user_id, occurred_at = received_at from raw.events where message_id = 'mtrack'"
    assert module_warehouse.execute(row).fetchone() == ("track", "Product Viewed", "c1", True)
    assert count(module_warehouse, "mzipped") == 1


def test_what_breaks_the_contract_goes_to_quarantine_and_its_neighbours_are_stored(client, module_warehouse):
    bad = [7, message("bad", timestamp="yesterday"), {"type": "track", "event": "x"}, message("x" * 300)]
    found = send(client, message("good1"), *bad, message("good2"))
    assert [(one["position"], one["reason"]) for one in found["rejected"]] == [
        (1, "not_an_object"),
        (2, "bad_time"),
        (3, "missing_field"),
        (4, "too_large"),
    ]
    assert count(module_warehouse, "mgood%") == 2
    kept = "select count(*) from quarantine.records where source = 'api' and reason <> 'id_conflict'"
    assert module_warehouse.execute(kept).fetchone() == (4,)
    ledger = "select bool_and(received = loaded + duplicate + quarantined) from raw.batches where source = 'api'"
    assert module_warehouse.execute(ledger).fetchone() == (True,)


def test_personal_values_are_encrypted_at_the_door(client, module_warehouse):
    traits = {"email": "li.lei@example.cn", "name": "李雷"}
    context = {"ip": "203.0.113.9", "traits": {"email": "li.lei@example.cn"}}
    send(client, message("identify", type="identify", userId="c1", traits=traits, context=context))
    row = module_warehouse.execute("select to_jsonb(events)::text from raw.events where message_id = 'midentify'")
    text = row.fetchone()[0]
    assert "traits_encrypted" in text
    assert not [word for word in ("example.cn", "李雷", "203.0.113.9") if word in text]


@pytest.mark.parametrize(
    "content, headers, status",
    [
        (b"{", {}, 400),
        (b'{"batch": []}', {}, 400),
        (b"[]" * 3_000_000, {}, 413),
        (gzip.compress(b" " * 20_000_000), {"Content-Encoding": "gzip"}, 413),
        (b"no gzip", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b'{"batch": [1]}')[:-4], {"Content-Encoding": "gzip"}, 400),
        (b"{}", {"Content-Encoding": "br"}, 415),
        (b'{"batch": [' + b",".join([b"1"] * 2_001) + b"]}", {}, 400),
        (b"[" * 100_000, {}, 400),
    ],
)
def test_what_is_no_batch_is_refused_with_the_reason(client, content, headers, status):
    found = client.post("/events", content=content, headers=headers)
    assert found.status_code == status, found.text
    assert found.json()["detail"]


def test_many_senders_of_single_messages_share_transactions(client, module_warehouse):
    batches = "select count(*) from raw.batches where source = 'api'"
    before = module_warehouse.execute(batches).fetchone()[0]
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: client.post("/events", json=message(f"many{n}")).json(), range(200)))
    assert all(one["success"] for one in found)
    assert count(module_warehouse, "mmany%") == 200
    assert module_warehouse.execute(batches).fetchone()[0] - before < 200


def test_what_was_just_viewed_changes_the_next_answer(client):
    def answer(customer, session):
        return client.get(f"/recommendations/{customer}", params={"session": session}).json()

    before = answer("c2", "fresh")
    assert before["session_signals"] == 0
    send(client, message("viewed", anonymousId="fresh"))
    began = time.perf_counter()
    after = answer("c2", "fresh")
    print(f"the next answer was there {1000 * (time.perf_counter() - began):.0f} ms after the event was stored")
    assert after["session_signals"] == 1
    assert {"p31", "p32"} <= {one["product_id"] for one in after["products"]}
    near = next(one for one in after["products"] if one["product_id"] == "p31")
    assert (near["tier"], near["reason_code"], near["evidence"]["product_id"]) == ("session", "similar_to", "p30")
    unknown = answer("nobody", "fresh")
    assert unknown["products"][0]["tier"] == "session" and not unknown["is_known"]


def test_what_a_rule_excluded_stays_out_whatever_was_viewed_and_the_rule_is_named(client):
    send(client, message("barred", userId="c3"))
    found = {one["product_id"] for one in client.get("/recommendations/c3", params={"limit": 50}).json()["products"]}
    assert "p32" in found and "p31" not in found
    rows = client.get("/recommendations/c3/exclusions", params={"product_id": "p31"}).json()["rows"]
    assert rows == [{"list": "recommendations", "product_id": "p31", "rule_id": "given_back", "rank": 2}]
    assert client.get("/recommendations/c3/exclusions", params={"product_id": "p32"}).json()["rows"] == []


def test_a_visit_of_who_objects_to_personalisation_changes_nothing(client):
    send(client, message("objects", userId="c7"))
    found = client.get("/recommendations/c7").json()
    assert found["session_signals"] == 0 and {one["tier"] for one in found["products"]} == {"popular"}


def test_a_signed_link_counts_the_click_and_leads_to_the_shop_alone(client, module_warehouse):
    def follow(url, text=None):
        token = text or links.token("click", "shop", "c1", "spring", url)
        return client.get(f"/l/{token}", headers={"Authorization": ""})

    found = follow("https://www.shop.example/p?x=1")
    assert (found.status_code, found.headers["location"]) == (302, "https://www.shop.example/p?x=1")
    stored = "select event, customer_id, campaign_id, url from raw.email_events"
    expected = ("Email Link Clicked", "c1", "spring", "https://www.shop.example/p?x=1")
    assert module_warehouse.execute(stored).fetchall() == [expected]
    elsewhere = ["https://evil.example/", "https://shop.example.evil.example/", "javascript:alert(1)", "//shop.example"]
    elsewhere += ["https://shop.example@evil.example/", "https://evil.example\\@shop.example/", "http://[", ""]
    assert {follow(url).status_code for url in elsewhere} == {404}
    good = links.token("click", "shop", "c1", "spring", "https://shop.example/")
    tampered = [good[:-1] + ("A" if good[-1] != "A" else "B"), f"x{good}", good.split(".")[0], "x"]
    tampered += [links.token("open", "shop", "c1", "spring", "https://shop.example/")]
    assert {follow("", token).status_code for token in tampered} == {404}
    assert module_warehouse.execute("select count(*) from raw.email_events").fetchone() == (1,)


def test_a_pixel_counts_the_opening(client, module_warehouse):
    found = client.get(f"/o/{links.token('open', 'shop', 'c2', 'spring')}.gif")
    assert found.headers["content-type"] == "image/gif" and found.content.startswith(b"GIF89a")
    stored = "select customer_id, campaign_id from raw.email_events where event = 'Email Opened'"
    assert module_warehouse.execute(stored).fetchall() == [("c2", "spring")]
    assert client.get("/o/x.gif").status_code == 404
