import json
import re
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

from scrapers.demo.catalogue import catalogue

SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def text(shop, path):
    status, _, body = shop.get(path)
    assert status == 200
    return body.decode()


def locations(xml):
    return [
        found.text for found in ElementTree.fromstring(xml).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]


def nodes(page):
    for script in SCRIPT.findall(page):
        try:
            data = json.loads(script)
        except ValueError:
            continue
        yield from data.get("@graph", [data])


def test_the_sitemap_leads_to_every_product_with_its_schema_org_data(shop):
    parser = RobotFileParser()
    parser.parse(text(shop, "/robots.txt").splitlines())
    (sitemap,) = parser.site_maps()
    products = []
    for index in locations(text(shop, sitemap.removeprefix(shop.url))):
        for address in locations(text(shop, index.removeprefix(shop.url))):
            assert parser.can_fetch("*", address)
            page = text(shop, address.removeprefix(shop.url))
            products += [node for node in nodes(page) if node["@type"] == "Product"]
    expected = {product.product_id: product for product in catalogue(shop.world).products}
    assert {product["sku"] for product in products} == set(expected) and len(products) == len(expected)
    for product in products:
        offer = product["offers"][0] if isinstance(product["offers"], list) else product["offers"]
        assert product["name"] == expected[product["sku"]].name
        assert offer["priceCurrency"] == "CNY" and float(offer["price"]) == float(expected[product["sku"]].price)


def test_one_page_has_a_broken_script_beside_the_valid_one_and_some_use_a_graph(shop):
    scripts = [SCRIPT.findall(text(shop, f"/products/{p.product_id}")) for p in catalogue(shop.world).products]
    assert [len(found) for found in scripts].count(2) == 1
    assert any('"@graph"' in found[-1] for found in scripts)


def test_html_is_escaped(shop):
    product = next(product for product in catalogue(shop.world).products if "&" in product.brand)
    page = text(shop, f"/products/{product.product_id}")
    assert "&amp;" in page.split("<main>")[1] and product.brand not in page.split("<main>")[1]


def test_listings_lead_to_the_next_page_until_there_is_none(shop):
    path, found = "/", set()
    while path:
        page = text(shop, path)
        found.update(re.findall(r'href="/products/(p\d+)"', page))
        following = re.search(r'<link rel="next" href="([^"]+)">', page)
        path = following and following[1].removeprefix(shop.url)
    assert found == {product.product_id for product in catalogue(shop.world).products}


def test_what_is_known_already_is_not_sent_again(shop):
    status, headers, body = shop.get("/products/p0001")
    assert status == 200 and body
    assert shop.get("/products/p0001", If_None_Match=headers["ETag"])[::2] == (304, b"")
    assert shop.get("/products/p0001", If_Modified_Since=headers["Last-Modified"])[0] == 304
    assert shop.get("/products/p0001", If_None_Match='"other"', If_Modified_Since=headers["Last-Modified"])[0] == 200
    assert shop.get("/products/p0001", If_Modified_Since="Sun, 01 Feb 2026 00:00:00 GMT")[0] == 200
    assert shop.get("/products/p0001", If_Modified_Since="whenever")[0] == 200


def test_robots_are_kept_out_of_a_page_that_is_there(shop):
    parser = RobotFileParser()
    parser.parse(text(shop, "/robots.txt").splitlines())
    assert "trap" in text(shop, "/admin/trap") and not parser.can_fetch("*", f"{shop.url}/admin/trap")


def test_there_is_nothing_else_and_no_truth(shop):
    for path in ("/nothing", "/products/p9999", "/products/1", "/truth", "/totals.json", "/poison.jsonl", "/?page=0x"):
        assert shop.get(path)[0] == 404 or path.startswith("/?")
    assert shop.get("/categories/tea?page=99")[0] == 404


def test_a_strange_host_is_not_repeated(shop):
    assert b"evil.example" not in shop.get("/sitemap.xml", Host="evil.example")[2]
