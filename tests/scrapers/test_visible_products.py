"""Pages that state nothing of what they sell: a product is read where a reader cannot take it for anything else."""

import pytest

from scrapers.products import extract
from tests.scrapers.made_pages import HERE, TEA
from tests.scrapers.made_pages import page as marked_up
from tests.scrapers.visible_pages import BUY, OTHERS, SOLD

FIELDS = ("name", "price", "currency", "availability")


@pytest.mark.parametrize("name", SOLD)
def test_the_one_product_of_a_page_is_read_and_marked_as_seen_only(name):
    body, expected = SOLD[name]
    [product] = extract(body, HERE).products
    assert tuple(product.get(field) for field in FIELDS) == expected
    assert product["attributes"] == {"foundIn": "visible text"}


@pytest.mark.parametrize("name", OTHERS)
def test_a_page_that_does_not_sell_exactly_one_thing_gives_no_product(name):
    assert extract(OTHERS[name], HERE).products == []


VISIBLE = f"<main><h1>龙井 Longjing</h1><p>¥99.00</p><p>In stock</p>{BUY}</main>"
LANGUAGE = '<meta property="og:locale" content="zh_CN">'


def test_what_markup_states_is_not_marked_and_not_read_again():
    [product] = extract(marked_up(TEA, head="<title>龙井 Longjing</title>" + LANGUAGE, body=VISIBLE), HERE).products
    assert (product["price"], "attributes" in product) == ("88.00", False)


def test_a_product_that_is_stated_without_its_offer_has_the_price_that_a_reader_sees():
    bare = {key: value for key, value in TEA.items() if key != "offers"}
    head = "<title>龙井 Longjing</title>" + LANGUAGE
    [product] = extract(marked_up(bare, head=head, body=VISIBLE), HERE).products
    assert [product[field] for field in ("product_id", "price", "currency")] == ["T1", "99.00", "CNY"]
    assert product["attributes"] == {"foundIn": "visible text"}
    other = bare | {"name": "Pu-erh"}
    assert extract(marked_up(other, head=head, body=VISIBLE), HERE).products == []


def test_a_page_that_states_several_things_is_not_read_as_one():
    head = "<title>龙井 Longjing</title>" + LANGUAGE
    bare = {key: value for key, value in TEA.items() if key != "offers"}
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": TEA | {"url": "/tea/2"}}]}
    assert extract(marked_up(bare, bare | {"sku": "T2"}, head=head, body=VISIBLE), HERE).products == []
    assert extract(marked_up(listed, head=head, body=VISIBLE), HERE).kind == "listing"


def test_a_script_that_nobody_can_read_is_kept_beside_the_product_that_a_reader_sees():
    head = "<title>龙井 Longjing</title>" + LANGUAGE
    read = extract(marked_up('{"@type": "Product", broken', head=head, body=VISIBLE), HERE)
    assert ([product["price"] for product in read.products], len(read.unread)) == (["99.00"], 1)


def test_a_recipe_that_states_so_gives_no_product_whatever_it_sells():
    recipe = {"@type": "Recipe", "name": "龙井 Longjing"}
    read = extract(marked_up(recipe, head="<title>龙井 Longjing</title>" + LANGUAGE, body=VISIBLE), HERE)
    assert (read.kind, read.products) == ("not_for_sale", [])
