"""What shops state of products, once and in several ways, and what they do not sell."""

import pytest

from scrapers.products import extract
from tests.scrapers.made_pages import HERE, MICRODATA, OFFER, TEA, kind, metas, offered, one, page, products, variant

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


# Microdata and OpenGraph


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
