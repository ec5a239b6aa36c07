"""What programs read: portraits, lists, products, tables."""

import csv
import io

import pytest

from tests.api import world
from warehouse import access
from warehouse.publish import publish, rollback


def answer(client, path, **parameters):
    found = client.get(path, params=parameters)
    assert found.status_code == 200, found.text
    return found.json()


def test_a_portrait_shows_what_is_known_of_a_customer_of_ones_own_business(client):
    found = answer(client, "/customers/c1")
    assert (found["release"], found["segments"]) == (1, ["all"])
    assert found["customer"]["order_count"] == 1 and "business" not in found["customer"]
    assert found["rfm"]["monetary"] == 10 and found["value"] is None
    assert found["preferences"][0]["value"] == "tea" and found["interests"][0]["term"] == "普洱茶"
    assert client.get("/customers/secret").status_code == 404
    assert client.get("/customers/nobody").json()["detail"].startswith("there is no such customer")


def test_members_of_a_segment_come_page_by_page_each_once(client):
    found, after = [], None
    while True:
        page = answer(client, "/segments/all/members", limit=70, **({"after": after} if after else {}))
        found += [row["customer_id"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert len(found) == len(set(found)) == world.CUSTOMERS
    assert answer(client, "/segments")["rows"][0]["size"] == 300


def test_an_audience_shows_its_rules_and_who_is_in_it_now_page_by_page(client):
    (listed,) = answer(client, "/audiences")["rows"]
    one = answer(client, "/audiences/tea")
    assert listed["definition"] == one["definition"] == {"any": []} and one["size"] == 200
    assert (one["version"], one["release_id"], "business" in one) == ("v1", 1, False)
    assert client.get("/audiences/coffee").status_code == 404
    found, after = [], None
    while True:
        page = answer(client, "/audiences/tea/members", limit=70, **({"after": after} if after else {}))
        found += [row["customer_id"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(found) == sorted({f"c{n}" for n in range(world.CUSTOMERS)} - {"c1", "c2"})


@pytest.mark.parametrize("word, least", [("龙井茶", 20), ("green teas", 20), ("brand 1", 10), ("100%", 0), ("_", 0)])
def test_products_are_found_by_words_of_english_and_letters_of_chinese(client, word, least):
    rows = answer(client, "/products", q=word, limit=100)["rows"]
    assert len(rows) >= least and (least or not rows)
    assert not [row for row in rows if row["product_id"] == "hidden"]


def test_a_product_and_what_is_similar(client):
    assert answer(client, "/products/p3")["price"] == 3.99
    assert [row["product_id"] for row in answer(client, "/products/p3/similar", limit=2)["rows"]] == ["p4", "p5"]
    assert client.get("/products/hidden").status_code == 404


def test_a_list_carries_reasons_and_an_unknown_customer_gets_what_is_popular(client):
    known = answer(client, "/recommendations/c1", limit=3)
    assert [one["product_id"] for one in known["products"]] == ["p11", "p12", "p13"] and known["is_known"]
    assert {one["tier"] for one in known["products"]} == {"hybrid"}
    unknown = answer(client, "/recommendations/nobody", limit=10)
    assert not unknown["is_known"] and {one["tier"] for one in unknown["products"]} == {"popular"}
    assert [one["product_id"] for one in unknown["products"]] == [f"p{n}" for n in range(10) if n != 5]


def test_results_of_a_campaign_carry_its_verdict_funnel_credits_and_lift_with_intervals(client):
    assert [row["campaign_id"] for row in answer(client, "/campaigns")["rows"]] == ["spring"]
    found = answer(client, "/campaigns/spring")
    assert found["campaign"]["verdict"] == "comparable" and found["campaign"]["reason"] == "drawn by shop"
    steps = [(row["arm"], row["step"], row["customers"]) for row in found["funnel"]]
    assert steps == [("hold_out", "member", 100), ("A", "member", 100), ("A", "click", None)]
    assert len(found["lift"]) == 8 and [row["model"] for row in found["credits"]] == ["first", "last"]
    assert {(row["low"], row["difference"], row["high"]) for row in found["lift"]} == {(0.02, 0.1, 0.18)}
    assert "business" not in str(found) and found["release"] == 1
    assert client.get("/campaigns/autumn").status_code == 404


@pytest.mark.parametrize(
    "asked, lifts, steps",
    [
        ({"arm": "A"}, 4, 2),
        ({"segment": "gold"}, 4, 3),
        ({"arm": "A", "segment": "gold", "outcome": "orders"}, 1, 2),
        ({"arm": "Z"}, 0, 0),
    ],
)
def test_results_of_an_arm_or_a_segment_can_be_asked_for_alone(client, asked, lifts, steps):
    found = answer(client, "/campaigns/spring", **asked)
    assert (len(found["lift"]), len(found["funnel"])) == (lifts, steps)
    assert all(row[name] == value for row in found["lift"] for name, value in asked.items())


def test_channels_show_what_they_are_credited_with_beside_what_was_caused(client):
    found = answer(client, "/channels")
    assert [(row["model"], row["cost"]) for row in found["performance"]] == [("first", 100), ("last", 100)]
    assert [row["incremental"] for row in found["increments"]] == [10]
    assert len(answer(client, "/channels", model="first")["performance"]) == 1
    assert answer(client, "/channels", channel="Radio")["performance"] == []


def test_who_objects_to_personalisation_gets_what_is_popular(client):
    assert {one["tier"] for one in answer(client, "/recommendations/c7")["products"]} == {"popular"}


@pytest.mark.parametrize("sort", [None, "city", "-city", "last_order_at", "-revenue", "customer_id", "-customer_id"])
def test_pages_of_a_table_hold_every_row_once_in_order_nulls_last(client, sort):
    rows, after = [], None
    while True:
        asked = {"limit": 37} | ({"sort": sort} if sort else {}) | ({"after": after} if after else {})
        page = answer(client, "/tables/customers", **asked)
        rows += page["rows"]
        after = page["next"]
        if after is None:
            break
    assert sorted(row["customer_id"] for row in rows) == sorted(f"c{n}" for n in range(world.CUSTOMERS))
    if sort:
        name = sort.removeprefix("-")
        values = [row[name] for row in rows]
        there = [value for value in values if value is not None]
        assert values[: len(there)] == there == sorted(there, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    "filters, count",
    [
        (["order_count.lt.10"], 10),
        (["order_count.gte.10", "order_count.lte.12"], 3),
        (["customer_id.in.c1,c2,secret"], 2),
        (["city.is.null"], 100),
        (["city.eq.城市1", "city.neq.城市2"], 40),
        (["customer_id.like.*99"], 3),
        (["last_order_at.gt.2026-03-13T00:00:00Z"], 5),
    ],
)
def test_filters_say_which_rows(client, filters, count):
    assert len(answer(client, "/tables/customers", filter=filters, limit=1000)["rows"]) == count


def test_a_table_comes_as_csv_too_and_no_cell_is_a_formula(client, module_warehouse):
    found = client.get("/tables/customers", params={"format": "csv", "columns": "customer_id,city", "limit": 2})
    assert found.headers["content-type"].startswith("text/csv") and found.headers["x-next"]
    assert list(csv.reader(io.StringIO(found.text))) == [["customer_id", "city"], ["c0", ""], ["c1", "城市1"]]


def test_a_page_of_a_release_that_was_replaced_says_begin_again(client, module_warehouse):
    after = answer(client, "/tables/customers", limit=1)["next"]
    module_warehouse.execute("update marts.customers set revenue = revenue + 1 where customer_id = 'c1'")
    assert publish(module_warehouse) == (2, True)
    assert client.get("/tables/customers", params={"after": after}).status_code == 410
    assert answer(client, "/health")["release"] == 2
    rollback(module_warehouse)
    assert answer(client, "/tables/customers", after=after)["release"] == 1


def test_a_key_opens_what_its_scopes_say_until_it_is_revoked(client, api, module_warehouse):
    import httpx

    key = access.create(module_warehouse, "shop window", "shop", ["products:read"])
    headers = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{api.url}/products/p1", headers=headers).status_code == 200
    assert httpx.get(f"{api.url}/products/p1", auth=(key, "")).status_code == 200
    refused = httpx.get(f"{api.url}/customers/c1", headers=headers)
    assert refused.status_code == 403 and refused.headers["content-type"] == "application/problem+json"
    for wrong in ("", "Bearer x", f"Bearer {key}x", f"Bearer hx_{key.split('_')[1]}_x", "Basic Og=="):
        found = httpx.get(f"{api.url}/products/p1", headers={"Authorization": wrong} if wrong else {})
        assert found.status_code == 401, wrong
    stored = module_warehouse.execute("select to_jsonb(keys)::text from access.keys").fetchall()
    assert not [row for (row,) in stored if key.split("_", 2)[2] in row]


def test_who_asks_too_often_is_told_when_to_come_back(api, module_warehouse):
    import httpx

    headers = {"Authorization": f"Bearer {world.keys(module_warehouse, per_minute=3)}"}
    with httpx.Client(base_url=api.url, headers=headers) as client:
        found = [client.get("/products/p1") for _ in range(6)]
    assert [one.status_code for one in found].count(200) <= 4 and found[-1].status_code == 429
    assert 1 <= int(found[-1].headers["retry-after"]) <= 60


def test_metrics_count_answers_by_route_and_name_no_customer(client):
    client.get("/customers/c123")
    text = client.get("/metrics").text
    assert 'huaxiang_answers_total{route="/customers/{customer_id}",status="200"}' in text
    assert "c123" not in text
