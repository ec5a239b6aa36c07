"""Pages that mean harm, or that nobody meant."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.products import extract
from tests.scrapers.made_pages import (
    HERE,
    MICRODATA,
    OFFER,
    TEA,
    metas,
    offered,
    one,
    page,
    products,
    script,
)
from warehouse.check import Arrival
from warehouse.load import prepare
from warehouse.raw import Product

# Hostile pages


def test_names_keep_their_script_and_lose_tags_entities_and_control_characters():
    names = {
        "<b>Tea</b> &amp; <i>Co</i>": "Tea & Co",
        "龙井 <Longjing> 5 < 6": "龙井 <Longjing> 5 < 6",
        "شاي أخضر": "شاي أخضر",
        "cheap \u202eeert\u202c \u0007tea": "cheap eert tea",
        "Tee&#8217;s<br>pot": "Tee’s pot",
    }
    assert {name: one(TEA | {"name": name})["name"] for name in names} == names


def test_half_a_character_or_a_nul_in_a_script_costs_only_itself():
    spoiled = json.dumps(TEA | {key: "x\ud800\x00y" for key in ("sku", "image", "category", "color")})
    spoiled = spoiled.replace("88.00", "88.00\\ud800")
    product = one(spoiled)
    json.dumps(product, ensure_ascii=False).encode()
    assert (product["product_id"], product["category"], product["price"]) == ("xy", "xy", "88.00")
    assert product["image_url"].endswith("/xy") and product["price_stated"] == "88.00"


HOSTILE = {
    "a price of a trillion": (TEA | {"offers": OFFER | {"price": 1e12}}, "out_of_range"),
    "a negative price": (offered(price=-5, priceCurrency="EUR"), "out_of_range"),
    "a huge name": (TEA | {"name": "x" * 500_000}, "too_large"),
    "no name": ({key: TEA[key] for key in ("@type", "sku", "offers")}, "missing_field"),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_what_no_shop_means_is_extracted_and_refused_by_the_contract(server, how):
    stated, reason = HOSTILE[how]
    record = one(stated) | {"last_seen_at": "2026-03-01T00:00:00Z"}
    batch = prepare(Product, [Arrival(b"{}", record)], "shop")
    assert [problem.reason for problem in batch.problems.values()] == [reason] and not batch.text


@pytest.mark.parametrize("stated", ["NaN", "Infinity", "1e999", "-1e999", '"\\u0000"', "[]", "{}", "true", '""'])
def test_a_price_that_is_no_number_is_unknown(stated):
    product = one(json.dumps(offered(price="?", availability="InStock")).replace('"?"', stated))
    assert "price" not in product and product["name"] == "龙井 Longjing"


def deep(levels):
    return "[" * levels + "]" * levels


BOMBS = {
    "a script as deep as a well": page(deep(500_000), TEA),
    "a script of 65 levels": page('{"a":' * 65 + "1" + "}" * 65, TEA),
    "a script beyond a megabyte": page(json.dumps(TEA | {"sku": "T9", "description": "x" * 1_100_000}), TEA),
    "a thousand scripts": page(*["{broken"] * 1000, TEA),
    "an open comment a quarter of a million times": page("/*" * 250_000, TEA),
    "an open string": page('{"' + '\\"' * 200_000, TEA),
    "commas": page("[" + " ," * 200_000, TEA),
    "a number of a million digits": page("9" * 1_000_000, TEA),
    "html 20,000 levels deep": page(TEA, body="<div>" * 20_000),
    "a script 300 levels deep": page(body="<div>" * 300 + script(TEA)),
    "properties in properties": page(TEA, body='<div itemscope><b itemprop="name">' * 900 + "y" * 1_000_000),
    "things that all refer to the same": page(
        TEA, body='<div id="all">' + "<i itemprop=x></i>" * 3000 + "</div>" + "<b itemscope itemref=all></b>" * 3000
    ),
    "things that refer to each other": page(
        TEA,
        body="".join(
            f'<p itemscope itemprop=a id=i{n} itemref="{" ".join(f"i{m}" for m in range(300))}"></p>'
            for n in range(300)
        ),
    ),
    "a thousand products": page(*[TEA | {"sku": f"X{n}", "name": f"{n}", "url": f"/{n}"} for n in range(1500)], TEA),
    "NUL characters": page(TEA, body="\x00" * 1000).replace("<head>", "<head>\x00"),
    "half a character": page(TEA, body="\ud800"),
    "an XML declaration": '<?xml version="1.0" encoding="utf-16"?>' + page(TEA),
}


@pytest.mark.timeout(60)  # what grows with the square of the page, or worse, takes minutes
@pytest.mark.parametrize("how", BOMBS)
def test_a_hostile_page_is_read_to_its_end_and_hides_no_product(how):
    text = BOMBS[how].replace("<body>", "<body><h1>龙井 Longjing</h1>")
    read = extract(text, HERE)
    assert [one["product_id"] for one in read.products] == ["T1"]


def test_texts_inside_of_each_other_take_no_more_memory_than_a_bound():
    text = page(TEA, body="<div itemscope>" + "<div itemprop=name>" * 1000 + "y" * 1_000_000)
    tracemalloc.start()
    extract(text, HERE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 1024 * 1024


@pytest.mark.parametrize("body", ["", " ", "\x00", "<", "no html", "{}", "<?xml?>", "<html>"])
def test_a_page_with_nothing_in_it_is_nothing(body):
    assert extract(body, HERE) == ("other", [], [], [])


@pytest.mark.parametrize(
    "address", ["http://[broken", "javascript:alert(1)", "http://", "ftp://x/y", "mailto:a@b.example"]
)
def test_a_broken_address_is_none(address):
    product = one(
        TEA | {"url": address, "image": address, "sku": None}, head=f'<link rel="canonical" href="{address}">'
    )
    assert product["url"] == HERE and "image_url" not in product


KEYS = [
    "@type",
    "@id",
    "@graph",
    "@value",
    "@list",
    "name",
    "sku",
    "url",
    "offers",
    "price",
    "priceCurrency",
    "hasVariant",
    "isVariantOf",
    "image",
    "brand",
    "mainEntity",
    "itemOffered",
    "itemListElement",
    "item",
    "availability",
    "priceSpecification",
    "additionalProperty",
    "category",
    "breadcrumb",
    "lowPrice",
    "highPrice",
    "gtin",
    "productID",
    "priceValidUntil",
]
VALUES = ["Product", "Offer", "AggregateOffer", "ProductGroup", "ItemList", "BreadcrumbList", "#1", "12,5 €", "/t"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=30,
)


@given(st.lists(JSON, max_size=3), st.sampled_from(["", MICRODATA]))
@settings(max_examples=300, deadline=None)
def test_no_json_raises_and_every_record_has_an_id_and_an_address(stated, body):
    read = extract(page({"@type": "Product", "name": "x", "@graph": stated}, *stated, body=body), HERE)
    assert all(one["product_id"] and one["url"].startswith("http") for one in [*read.products, *read.teasers])
    json.dumps(read, ensure_ascii=False).encode()


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_in_scripts_addresses_or_bodies_raises(text, address, body):
    head = f'<base href="{address}"><link rel=canonical href="{address}">' + metas(og__price__amount=body)
    cut = page(TEA)[: len(text) * 2]
    extract(page(text, json.dumps(TEA) + text, text + json.dumps(TEA), head=head, body=body) + cut, HERE)


@pytest.mark.timeout(60)
def test_thousands_of_namesakes_are_read_and_none_is_lost():
    stated = [[TEA | {"sku": f"{part}-{n}"} for n in range(1000)] for part in range(6)]
    assert len({one["product_id"] for one in products(*stated)}) == 6000
