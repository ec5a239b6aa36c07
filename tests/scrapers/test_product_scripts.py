"""JSON-LD as shops mangle and nest it."""

import json

import pytest

from scrapers.products import extract
from tests.scrapers.made_pages import (
    HERE,
    OFFER,
    TEA,
    kind,
    one,
    page,
)

# JSON-LD, mangled


def test_a_broken_script_hides_no_sibling():
    assert one('{"@type": "Product", "name": "broken, ', TEA, "{broken")["product_id"] == "T1"
    assert extract(page("{broken", TEA), HERE).unread == []


def test_a_broken_script_on_a_product_is_told_where_the_page_has_no_other():
    broken = '{"@type": "Product", "name": "broken, '
    assert extract(page(broken, "{broken"), HERE) == ("other", [], [], [broken])


MANGLED = {
    "entities": json.dumps(TEA).replace('"', "&quot;"),
    "CDATA": f"<![CDATA[{json.dumps(TEA)}]]>",
    "a commented CDATA": f"//<![CDATA[\n{json.dumps(TEA)}\n//]]>",
    "an HTML comment": f"<!--{json.dumps(TEA)}-->",
    "comments": json.dumps(TEA).replace("{", '{ // it\'s "tea"\n /* and , ] more */', 1),
    "trailing commas": json.dumps(TEA).replace("}", " ,\n }"),
    "a semicolon behind": json.dumps(TEA) + ";",
    "a raw line break in a string": json.dumps(TEA | {"description": "one two"}).replace("one two", "one\n\ttwo"),
    "a second object behind": json.dumps({"@type": "WebSite"}) + json.dumps(TEA),
    "a byte order mark": "\ufeff" + json.dumps(TEA),
}


@pytest.mark.parametrize("how", MANGLED)
def test_a_mangled_script_is_rescued(how):
    product = one(MANGLED[how])
    assert (product["name"], product["price"], product["currency"]) == ("龙井 Longjing", "88.00", "CNY")
    assert product["availability"] == "InStock"


def test_what_looks_like_a_comment_inside_a_string_stays():
    address = "https://shop.example/a//b"
    product = one(json.dumps(TEA | {"image": address, "description": "1 /* 2 */ 3, }"}).replace("}", ",}"))
    assert product["image_url"] == address and product["description"].startswith("1 /* 2 */ 3, ")


def test_scripts_of_any_spelling_of_their_type_are_read():
    text = page(TEA).replace("application/ld+json", "Application/LD+JSON; charset=utf-8")
    assert extract(text, HERE).kind == "product"


def test_a_script_is_read_to_64_levels_and_no_deeper():
    def nested(levels):
        around = levels - 2  # an offer's terms lie two levels below its product
        return '{"mainEntity":' * around + json.dumps(TEA) + "}" * around

    assert one(nested(64))["product_id"] == "T1"
    assert extract(page(nested(65)), HERE) == ("other", [], [], [nested(65)])


def test_a_script_is_read_to_a_megabyte_and_no_longer():
    assert kind(json.dumps(TEA) + " " * 1_000_000) == "product"
    assert kind(json.dumps(TEA) + " " * 1_100_000) == "other"


# JSON-LD, nested


NESTED = {
    "a list": [{"@type": "WebSite"}, TEA],
    "@graph": {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, TEA]},
    "@graph in a list": [{"@graph": [TEA]}],
    "mainEntity": {"@type": "WebPage", "mainEntity": {"@type": "WebPageElement", "mainEntity": TEA}},
    "an array of types": TEA | {"@type": ["Thing", "Product"]},
    "a prefixed vocabulary": {"@type": "schema:Product"}
    | {f"schema:{key}": TEA[key] for key in ("sku", "name", "offers")},
    "a full vocabulary": {"@type": "http://schema.org/Product"}
    | {f"http://schema.org/{key}": TEA[key] for key in ("sku", "name", "offers")},
    "an offer around it": {"@type": "Offer", "itemOffered": TEA} | {key: OFFER[key] for key in OFFER if key != "@type"},
    "a list of offers": TEA | {"offers": [OFFER]},
    "an expanded value": TEA | {"name": {"@value": "龙井 Longjing", "@language": "zh"}},
}


@pytest.mark.parametrize("how", NESTED)
def test_a_nested_product_is_found(how):
    product = one(NESTED[how])
    assert (product["product_id"], product["name"], product["price"]) == ("T1", "龙井 Longjing", "88.00")


def test_references_are_followed_to_other_scripts_and_in_circles():
    tea = TEA | {"@id": "#tea", "brand": {"@id": "#brand"}, "offers": [{"@id": "#offer"}]}
    brand = {"@type": "Brand", "@id": "#brand", "name": "West", "owns": {"@id": "#tea"}}
    offer = OFFER | {"@id": "#offer", "itemOffered": {"@id": "#tea"}}
    site = {"@type": "WebSite", "@id": "#site", "mainEntity": {"@id": "#page"}}
    there = {"@type": "WebPage", "@id": "#page", "mainEntity": {"@id": "#site"}}
    product = one({"@graph": [site, there, tea, brand]}, offer)
    assert (product["brand"], product["price"]) == ("West", "88.00")


def test_parts_of_one_thing_become_one():
    assert one({"@type": "Product", "@id": "#1", "name": "A"}, TEA | {"@id": "#1", "name": "B"})["name"] == "A"


def test_a_product_stated_twice_is_one():
    assert one(TEA, TEA | {"description": "Green"})["description"] == "Green"
