"""Small pages, each with one way in which shops state, mangle or misuse products."""

import json
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.products import extract
from warehouse.check import Arrival, Problem, check
from warehouse.raw import Product

HERE = "https://shop.example/tea/longjing"
OFFER = {"@type": "Offer", "price": "88.00", "priceCurrency": "CNY", "availability": "https://schema.org/InStock"}
TEA = {"@context": "https://schema.org", "@type": "Product", "sku": "T1", "name": "龙井 Longjing", "offers": OFFER}


def script(stated):
    text = stated if isinstance(stated, str) else json.dumps(stated, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script>'


def page(*scripts, head="", body=""):
    return f"<html><head>{head}{''.join(map(script, scripts))}</head><body>{body}</body></html>"


def metas(**properties):
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in properties.items()
    )


def products(*scripts, head="", body=""):
    return extract(page(*scripts, head=head, body=body), HERE).products


def one(*scripts, head="", body=""):
    [product] = products(*scripts, head=head, body=body)
    return product


def kind(*scripts, head="", body=""):
    return extract(page(*scripts, head=head, body=body), HERE).kind


def offered(**terms):
    return TEA | {"offers": {"@type": "Offer"} | terms}


def variant(**fields):
    return {"@type": "Product"} | fields


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


# Variants


def test_a_group_has_a_record_for_each_of_its_variants():
    green = variant(sku="T1-50", size="50 g", offers=OFFER)
    black = variant(sku="T1-100", name="Longjing, large", size="100 g", offers=OFFER | {"price": 160})
    group = {"@type": "ProductGroup", "productGroupID": "T1", "name": "Longjing", "brand": "West"}
    small, large = products(group | {"hasVariant": [green, black]})
    assert (small["product_id"], small["name"], small["price"]) == ("T1-50", "Longjing", "88.00")
    assert (large["product_id"], large["name"], large["price"]) == ("T1-100", "Longjing, large", "160")
    assert small["attributes"] == {"size": "50 g"} and large["brand"] == "West"
    assert small["group_id"] == large["group_id"] == "T1"


def test_variants_of_a_group_may_be_stated_as_siblings():
    group = {"@type": "ProductGroup", "@id": "#group", "productGroupID": "T1", "name": "Longjing"}
    siblings = [
        TEA | {"sku": f"T{size}", "name": "Longjing", "size": size, "isVariantOf": {"@id": "#group"}} for size in "12"
    ]
    group |= {"hasVariant": [{"@id": "#1"}, {"@id": "#2"}]}
    siblings = [one | {"@id": f"#{one['size']}"} for one in siblings]
    assert [one["product_id"] for one in products({"@graph": [group, *siblings]})] == ["T1", "T2"]


def test_offers_with_numbers_of_their_own_are_variants():
    offers = [OFFER | {"sku": "a"}, OFFER | {"sku": "b", "price": 9, "availability": "OutOfStock"}]
    first, second = products(TEA | {"offers": offers})
    assert (first["product_id"], first["availability"]) == ("a", "InStock")
    assert (second["product_id"], second["price"], second["availability"]) == ("b", "9", "OutOfStock")
    assert first["group_id"] == second["group_id"] == "T1"


def test_a_group_is_not_named_by_the_number_of_the_variant_that_happens_to_be_chosen():
    offers = [OFFER | {"sku": "T1"}, OFFER | {"sku": "T2"}]
    assert {one["group_id"] for one in products(TEA | {"offers": offers})} == {"/tea/longjing"}


def test_variants_without_numbers_are_told_apart_by_their_addresses():
    offers = [OFFER | {"sku": "T1", "url": f"{HERE}?variant={number}"} for number in (1, 2)]
    first, second = products(TEA | {"offers": offers})
    assert (first["product_id"], second["product_id"]) == ("/tea/longjing?variant=1", "/tea/longjing?variant=2")
    assert first["url"] == f"{HERE}?variant=1"


def test_variants_that_state_no_number_or_address_are_told_apart_by_name_and_attributes():
    sizes = [variant(name="Longjing", size=size, offers=OFFER) for size in ("50 g", "100 g")]
    ids = [one["product_id"] for one in products({"@type": "ProductGroup", "name": "Longjing", "hasVariant": sizes})]
    assert ids == ["/tea/longjing#Longjing 50 g", "/tea/longjing#Longjing 100 g"]


def test_offers_of_several_sellers_are_one_product_at_the_first_price_that_can_be_had():
    gone = OFFER | {"price": 70, "availability": "OutOfStock", "url": "?seller=1"}
    offers = [gone, OFFER | {"url": "?seller=2"}, OFFER | {"price": 99, "url": "?seller=3"}]
    product = one(TEA | {"gtin13": "4006381333931", "offers": offers})
    assert (product["price"], product["availability"]) == ("88.00", "InStock")


def test_an_aggregate_offer_states_its_lowest_price_and_keeps_its_highest():
    aggregate = {
        "@type": "AggregateOffer",
        "lowPrice": "5.29",
        "highPrice": 9.56,
        "priceCurrency": "GBP",
        "offerCount": 2,
    }
    product = one(TEA | {"offers": aggregate})
    assert (product["price"], product["currency"], product["attributes"]) == ("5.29", "GBP", {"highPrice": "9.56"})


def test_the_offers_inside_an_aggregate_come_before_it():
    inner = [OFFER | {"sku": "a"}, OFFER | {"sku": "b"}]
    aggregate = {"@type": "AggregateOffer", "lowPrice": 1, "offers": inner}
    assert [one["price"] for one in products(TEA | {"offers": aggregate})] == ["88.00", "88.00"]


# Fields


def test_an_id_is_the_best_that_is_stated():
    bare = {key: value for key, value in TEA.items() if key != "sku"}
    assert one(bare | {"productID": "sku:XA3"})["product_id"] == "XA3"
    assert one(bare | {"gtin13": "4006381333931", "mpn": "M"})["product_id"] == "4006381333931"
    assert one(bare | {"mpn": "M"})["product_id"] == "M"
    assert one(bare)["product_id"] == "/tea/longjing"
    assert one(bare, head='<link rel="canonical" href="/t/9?id=3">')["product_id"] == "/t/9?id=3"


def test_a_page_is_known_by_its_canonical_address_unless_that_is_the_home_page():
    assert one(TEA, head='<link rel="canonical" href="/t/1">')["url"] == "https://shop.example/t/1"
    assert one(TEA, head='<link rel="canonical" href="/">')["url"] == HERE
    assert extract(page(TEA), HERE + "?id=1&utm_source=mail#top").products[0]["url"] == HERE + "?id=1"


def test_a_breadcrumb_is_the_category_without_the_home_page_and_the_product():
    names = [("Home", "https://shop.example/"), ("Tea", "/tea"), ("Green", "/tea/green"), ("龙井 Longjing", HERE)]
    items = [{"@type": "ListItem", "name": name, "item": address} for name, address in names]
    assert one(TEA, {"@type": "BreadcrumbList", "itemListElement": items})["category"] == "Tea > Green"
    assert one(TEA | {"category": "Tea"}, {"@type": "BreadcrumbList", "itemListElement": items})["category"] == "Tea"


WORDS = {
    "https://schema.org/InStock": "InStock",
    "http://schema.org/OutOfStock": "OutOfStock",
    "schema:PreOrder": "PreOrder",
    "in stock": "InStock",
    "instock": "InStock",
    "In Stock.": "InStock",
    "out_of_stock": "OutOfStock",
    "available for order": "BackOrder",
    "discontinued": "Discontinued",
    "on request": "on request",
}


@pytest.mark.parametrize("stated", WORDS)
def test_availability_is_a_word_of_schema_org_or_stays_as_it_is_stated(stated):
    assert one(offered(price=1, availability=stated))["availability"] == WORDS[stated]


def test_condition_validity_and_properties_are_kept():
    more = {"additionalProperty": [{"name": "Roast", "value": "light"}], "color": ["green"], "gtin": "4 006381 333931"}
    product = one(
        offered(price=1, itemCondition="http://schema.org/UsedCondition", priceValidUntil="2027-01-31") | more
    )
    assert product["condition"] == "UsedCondition" and product["price_valid_until"] == "2027-01-31T00:00:00+00:00"
    assert product["attributes"] == {"Roast": "light", "color": "green"} and product["gtin"] == "4006381333931"


@pytest.mark.parametrize("stated", ["soon", "9999-12-31", 7, "2026-13-01"])
def test_a_validity_that_is_no_date_costs_nothing_but_itself(stated):
    assert "price_valid_until" not in one(offered(price=1, priceValidUntil=stated))


# Prices


PRICES = [
    ("98.99", "EUR", "98.99"),
    (98.99, "EUR", "98.99"),
    (1.299, "EUR", "1.299"),
    (1299, "EUR", "1299"),
    ("349,95", "EUR", "349.95"),
    ("1.299,00 €", "EUR", "1299.00"),
    ("1,299.00", "USD", "1299.00"),
    ("¥1,299", "CNY", "1299"),
    ("1 299 kr", "SEK", "1299"),
    ("1\u202f299,00", "EUR", "1299.00"),
    ("CHF 1’299.50", "CHF", "1299.50"),
    ("1.299 €", "EUR", "1299"),
    ("149.990", "CLP", "149990"),
    ("1.299", "KWD", "1.299"),
    ("1.299", "EUR", None),  # a thousand or a fraction
    ("€ 4,-", "EUR", "4"),
    ("6.09 - 14.92", "USD", None),  # which of the two?
    ("Preis auf Anfrage", "EUR", None),
    ("NaN", "EUR", None),
    ("1e5", "EUR", None),
    ("-5 €", "EUR", "-5"),
    ("0", "EUR", "0"),
    (0, "EUR", "0"),
]


@pytest.mark.parametrize(("stated", "currency", "price"), PRICES)
def test_a_price_is_what_it_certainly_means_or_unknown(stated, currency, price):
    product = one(offered(price=stated, priceCurrency=currency))
    assert product.get("price") == price
    assert product["price_stated"] == str(stated) and product["currency"] == currency


CURRENCIES = [
    ("829,99 EUR", "en", "EUR"),
    ("US$ 12", "de", "USD"),
    ("£12", "", "GBP"),
    ("€12.50/kg", "", "EUR"),
    ("¥1,299", "zh-CN", "CNY"),
    ("¥1,299", "ja", "JPY"),
    ("¥1,299", "en", None),
    ("1 299 kr", "sv", "SEK"),
    ("1 299 kr", "da-DK", "DKK"),
    ("1 299 kr", "", None),
    ("$12", "en-US", None),
    ("12", "de", None),
]


@pytest.mark.parametrize(("stated", "language", "currency"), CURRENCIES)
def test_a_currency_that_is_not_stated_is_read_from_the_price_only_where_it_is_certain(stated, language, currency):
    text = page(offered(price=stated)).replace("<html>", f'<html lang="{language}">')
    assert extract(text, HERE).products[0].get("currency") == currency


def test_a_currency_is_a_code_of_the_world_however_it_is_written():
    codes = ["eur", "€", "EUR", "Euro", "XQZ", "dollars"]
    assert [one(offered(price=1, priceCurrency=code)).get("currency") for code in codes] == ["EUR"] * 4 + [None] * 2


def test_a_price_specification_is_read_but_not_the_one_that_is_crossed_out():
    crossed = {"price": 100, "priceCurrency": "EUR", "priceType": "https://schema.org/StrikethroughPrice"}
    to_pay = {"@type": "UnitPriceSpecification", "price": "79.90", "priceCurrency": "EUR"}
    product = one(offered(priceSpecification=[crossed, to_pay]))
    assert (product["price"], product["currency"]) == ("79.90", "EUR")


def test_a_standard_price_beside_a_lower_one_to_pay_is_not_the_price():
    graph = metas(og__price__standard_amount="88.00", product__price__amount="66.00", product__price__currency="CNY")
    product = one(TEA, head=graph)
    assert (product["price"], product["attributes"]) == ("66.00", {"standardPrice": "88.00"})


# Microdata and OpenGraph


MICRODATA = """
<div itemscope itemtype="http://schema.org/Product" itemref="more">
  <h1 itemprop="name">Longjing <b>Tea</b></h1><meta itemprop="sku" content="T1"><img itemprop="image" src="/t.jpg">
  <a itemprop="brand" href="/west">West</a>
  <p itemprop="description">One<br>two <script>3</script><template><b>4</b></template></p>
  <div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
    <span itemprop="price">1.088,50 €</span><link itemprop="availability" href="http://schema.org/InStock">
    <time itemprop="priceValidUntil" datetime="2027-01-31">end of January</time>
  </div>
</div>
<p id="more">Colour: <span itemprop="color">green</span></p>
"""


def test_microdata_is_read_with_what_it_refers_to():
    product = one(body=MICRODATA)
    assert (product["product_id"], product["name"], product["brand"]) == ("T1", "Longjing Tea", "West")
    assert (product["price"], product["currency"], product["availability"]) == ("1088.50", "EUR", "InStock")
    assert product["description"] == "One two" and product["attributes"] == {"color": "green"}
    assert product["image_url"] == "https://shop.example/t.jpg"
    assert product["price_valid_until"].startswith("2027-01-31")


def test_opengraph_alone_is_enough_where_it_has_a_price():
    head = metas(og__type="product", og__title="Longjing | Shop", og__price__amount="7,49", og__price__currency="EUR")
    product = one(head=head + metas(og__availability="instock", og__image="/t.jpg"), body="<h1>Longjing</h1>")
    assert (product["name"], product["price"], product["currency"]) == ("Longjing", "7.49", "EUR")
    assert (product["availability"], product["product_id"]) == ("InStock", "/tea/longjing")
    assert kind(head=metas(og__type="product", og__title="Longjing")) == "other"


def test_what_json_ld_leaves_out_is_filled_from_microdata_and_then_from_opengraph():
    stub = {"@type": "Product", "name": "Longjing Tea", "mpn": "M7"}
    head = metas(product__price__amount="1", product__price__currency="USD", product__condition="new")
    product = one(stub, head=head, body=MICRODATA)
    assert (product["mpn"], product["product_id"]) == ("M7", "T1")
    assert (product["price"], product["currency"], product["condition"]) == ("1088.50", "EUR", "NewCondition")


def test_a_currency_is_filled_in_only_beside_the_same_price():
    tea = offered(price="88.00")
    same = metas(og__price__amount="88", og__price__currency="CNY")
    other = metas(og__price__amount="12.40", og__price__currency="USD")
    assert one(tea, head=same)["currency"] == "CNY"
    assert "currency" not in one(tea, head=other)


def test_a_teaser_in_microdata_changes_nothing_of_the_product():
    product = one(TEA, body=MICRODATA.replace("T1", "T9").replace("Longjing", "Pu-erh"))
    assert (product["product_id"], product["price"]) == ("T1", "88.00") and "brand" not in product
    bare = MICRODATA.replace('<meta itemprop="sku" content="T1">', "").replace("Longjing", "Pu-erh")
    assert kind({"@type": "Product", "name": "Longjing", "sku": "T1"}, body=bare) == "not_for_sale"


# What is not for sale


NOT_FOR_SALE = {
    "a recipe with stars": [{"@type": "Product", "name": "Tea cake", "aggregateRating": {"ratingValue": 5}}],
    "a recipe that shows products": [{"@type": "Recipe", "name": "Tea cake"}, TEA | {"url": "/t/1"}],
    "a review of a product": [{"@type": "Review", "name": "Tea cake", "itemReviewed": TEA}],
    "an article that mentions a product": [{"@type": "Article", "headline": "Tea cake", "mentions": [TEA]}],
    "a product without an offer": [{key: TEA[key] for key in ("@type", "sku", "name")}],
}


@pytest.mark.parametrize("how", NOT_FOR_SALE)
def test_what_is_not_for_sale_is_no_product(how):
    assert kind(*NOT_FOR_SALE[how], body="<h1>Tea cake</h1>") == "not_for_sale"


def test_a_review_of_a_product_is_not_its_page_even_by_the_same_name():
    review = {"@type": "Review", "itemReviewed": TEA}
    assert products(review, {"@type": "WebPage", "mentions": TEA}, body="<h1>龙井 Longjing</h1>") == []


def test_a_product_page_that_calls_itself_an_article_too_is_a_product():
    article = {"@type": "Article", "headline": "龙井 Longjing"}
    assert kind(article, TEA, head=metas(og__type="article"), body="<h1>龙井 Longjing</h1>") == "product"


def test_a_listing_shows_teasers_with_their_addresses():
    shown = [TEA | {"sku": f"T{n}", "name": f"Tea {n}", "url": f"/tea/{n}"} for n in range(3)]
    read = extract(page(*shown), HERE)
    assert (read.kind, read.products) == ("listing", [])
    assert [one["url"] for one in read.teasers] == [f"https://shop.example/tea/{n}" for n in range(3)]
    items = [{"@type": "ListItem", "position": n, "item": one} for n, one in enumerate(shown)]
    assert kind({"@type": "ItemList", "itemListElement": items}) == "listing"


def test_a_product_whose_offers_are_all_on_another_page_is_a_teaser_unless_the_page_is_named_after_it():
    tea = TEA | {"offers": [OFFER | {"url": "https://other.example/t/1"}, OFFER | {"url": "/t/1"}]}
    assert kind(tea) == "listing"
    assert kind(tea, body="<h1>龙井 Longjing</h1>") == "product"


def test_things_on_a_page_that_nothing_tells_apart_are_not_its_products():
    bare = {key: value for key, value in TEA.items() if key != "sku"} | {"url": "#"}
    assert kind(*(bare | {"name": f"Tea {n}"} for n in range(3))) == "listing"


def test_of_many_products_the_one_that_the_page_is_named_after_is_its_product():
    others = [TEA | {"sku": f"X{n}", "name": f"Other {n}"} for n in range(3)]
    product = one(*others, TEA, head="<title>龙井 Longjing | The tea shop</title>")
    assert product["product_id"] == "T1"


def test_a_page_that_sells_several_things_with_numbers_and_no_pages_of_their_own_sells_all():
    assert len(products(*(TEA | {"sku": f"T{n}", "name": f"Tea {n}"} for n in range(3)))) == 3


def test_a_product_inside_of_another_is_not_the_pages():
    other = TEA | {"sku": "T2", "name": "Pu-erh"}
    assert one(TEA | {"isRelatedTo": [other]})["product_id"] == "T1"
    assert one(TEA | {"offers": OFFER | {"itemOffered": other}})["name"] == "龙井 Longjing"


def test_a_product_has_the_terms_of_the_offer_around_it():
    terms = {key: value for key, value in OFFER.items() if key != "@type"}
    bare = {key: value for key, value in TEA.items() if key != "offers"}
    product = one({"@type": "Offer", "itemOffered": bare} | terms)
    assert (product["price"], product["currency"], product["availability"]) == ("88.00", "CNY", "InStock")


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
def test_what_no_shop_means_is_extracted_and_refused_by_the_contract(how):
    stated, reason = HOSTILE[how]
    record = one(stated) | {"last_seen_at": "2026-03-01T00:00:00Z"}
    refused = check(Arrival(b"{}", record), Product, "shop")
    assert isinstance(refused, Problem) and refused.reason == reason


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
    "a thousand products": page(*[TEA | {"sku": f"X{n}", "name": f"{n}", "url": f"/{n}"} for n in range(900)], TEA),
    "NUL characters": page(TEA, body="\x00" * 1000).replace("<head>", "<head>\x00"),
    "half a character": page(TEA, body="\ud800"),
    "an XML declaration": '<?xml version="1.0" encoding="utf-16"?>' + page(TEA),
}


@pytest.mark.parametrize("how", BOMBS)
def test_a_hostile_page_takes_no_longer_than_seconds_and_hides_no_product(how):
    text = BOMBS[how].replace("<body>", "<body><h1>龙井 Longjing</h1>")
    began = time.perf_counter()
    read = extract(text, HERE)
    assert time.perf_counter() - began < 5
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
