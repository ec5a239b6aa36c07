"""A whole real shop served on loopback: every product of every page, once; and again only what changed."""

import re

import pytest

from tests.real_data import needs
from tests.scrapers import real_shop

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(300), needs("shop_site")]
OMITTED = 4  # product pages that the shop's sitemap does not list


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    yield from real_shop.serve(real_shop.unpacked(folder))


def stored(warehouse):
    """What is current by page and number: how often it is there, its price, and whether it is to be had."""
    rows = warehouse.execute(
        "select regexp_replace(url, '^.*/products/([^?]*).*$', '\\1'), product_id, count(*), min(price),"
        " bool_and(availability = 'InStock') from raw.products group by 1, 2"
    ).fetchall()
    return {(page, sku): (count, price, is_available) for page, sku, count, price, is_available in rows}


def test_every_variant_of_every_page_is_found_once_and_a_second_crawl_fetches_only_what_changed(
    shop, collect, warehouse
):
    pages = {path.parent.name: path for path in (shop.folder / "products").glob("*/index.html")}
    texts = {path: path.read_text(errors="replace") for path in shop.folder.rglob("*.*") if path.is_file()}
    stated = {
        (name, sku): (1, *said)
        for name, path in pages.items()
        for sku, said in real_shop.said_elsewhere(path.read_text()).items()
    }
    listed = set(re.findall(r"/products/([^<?]+)", (shop.folder / "sitemap_products_1.xml").read_text()))
    assert (len(pages), len(stated), len(set(pages) - listed)) == (22, 29, OMITTED)

    # One of the four is named in no other file of the copy: nobody who comes from outside can find it.
    others = {name: [text for path, text in texts.items() if path != pages[name]] for name in set(pages) - listed}
    hidden = {name for name, found in others.items() if not any(name in text for text in found)}
    assert hidden == {"silicone-cupcake-liners"}
    entry = {"kind": "catalogue", "url": shop.url, "concurrency": 8}
    done = collect(entry)
    assert done.returncode == 0, done.stderr
    assert stored(warehouse) == {known: said for known, said in stated.items() if known[0] not in hidden}
    entry["also"] = [f"{shop.url}/products/{name}" for name in hidden]
    done = collect(entry)
    assert done.returncode == 0 and "1 received = 1 loaded" in done.stdout, done.stderr
    assert stored(warehouse) == stated
    fetched = [path for status, path in shop.given if status == 200]
    assert not [path for path in fetched if re.match("/(cart|account|search|admin)", path)], "robots.txt forbids these"
    assert {path.split("?")[0].split("/")[-1] for path in fetched if "/products/" in path} >= set(pages)

    changed = pages["purecane-packets"]
    before = changed.read_text()
    changed.write_text(re.sub(r'"price"\s*:\s*"?[\d.]+"?', '"price": "77.70"', before))
    assert changed.read_text() != before
    listed = shop.folder / "sitemap_products_1.xml"
    moved = re.sub(r"(/purecane-packets</loc>\s*<lastmod>)[^<]+", r"\g<1>2026-11-01T00:00:00-07:00", listed.read_text())
    assert moved != listed.read_text()
    listed.write_text(moved)
    shop.given.clear()
    done = collect(entry)
    assert done.returncode == 0, done.stderr
    again = [path.split("?")[0] for status, path in shop.given if status == 200]
    assert sorted(again) == ["/products/purecane-packets", "/robots.txt", "/sitemap_products_1.xml"]
    assert "0 quarantined" in done.stdout
    prices = "select max(price)::float from raw.products where url ~ '/purecane-packets([?]|$)'"
    assert warehouse.execute(prices).fetchone() == (77.7,)
