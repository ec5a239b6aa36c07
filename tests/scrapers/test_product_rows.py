"""Product pages on their way through the collector into the warehouse."""

import json
import subprocess
import sys

from warehouse.connection import PROJECT

OFFER = {"@type": "Offer", "price": "1.088,50 €", "availability": "InStock", "priceValidUntil": "2027-01-31"}
TEA = {"@type": "ProductGroup", "productGroupID": "T", "name": "龙井", "hasVariant": []}
TEA["hasVariant"] = [{"@type": "Product", "sku": f"T{n}", "size": f"{n}0 g", "mpn": "M", "offers": OFFER} for n in "15"]
SCRIPT = '<script type="application/ld+json">{}</script>'


def test_every_variant_of_a_page_becomes_a_row_with_all_that_it_states(site, collect, warehouse):
    site.pages["/tea"] = (200, {}, SCRIPT.format(json.dumps(TEA)).encode())
    assert collect({"kind": "catalogue", "url": f"{site.url}/tea"}).returncode == 0
    rows = warehouse.execute(
        "select product_id, group_id, mpn, price::text, price_stated, currency, price_valid_until::date::text,"
        " attributes, extra from raw.products order by 1"
    ).fetchall()
    shared = ("M", "1088.50", "1.088,50 €", "EUR", "2027-01-31")
    assert rows == [("T1", "T", *shared, {"size": "10 g"}, None), ("T5", "T", *shared, {"size": "50 g"}, None)]


def test_a_page_whose_only_product_cannot_be_read_goes_to_quarantine(site, collect, warehouse):
    site.pages["/tea"] = (200, {}, SCRIPT.format('{"@type": "Product", "name": ').encode())
    assert collect({"kind": "catalogue", "url": f"{site.url}/tea"}).returncode == 0
    assert warehouse.execute("select reason from quarantine.records").fetchall() == [("not_json",)]


def test_a_price_below_zero_goes_to_quarantine_and_its_neighbour_is_loaded(site, collect, warehouse):
    wrong = TEA["hasVariant"][1] | {"offers": OFFER | {"price": -1}}
    group = TEA | {"hasVariant": [TEA["hasVariant"][0], wrong]}
    site.pages["/tea"] = (200, {}, SCRIPT.format(json.dumps(group)).encode())
    assert collect({"kind": "catalogue", "url": f"{site.url}/tea"}).returncode == 0
    assert warehouse.execute("select product_id from raw.products").fetchall() == [("T1",)]
    assert warehouse.execute("select reason from quarantine.records").fetchall() == [("out_of_range",)]


def test_a_crawl_does_not_count_the_memory_of_the_process_that_started_it(site, collect, tmp_path):
    site.pages["/tea"] = (200, {}, SCRIPT.format(json.dumps(TEA)).encode())
    assert collect({"kind": "catalogue", "url": f"{site.url}/tea"}).returncode == 0
    great = "import subprocess, sys; held = b'x' * (1200 << 20); sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    crawl = [sys.executable, "-m", "scrapers", "toy_source", "--sources", str(tmp_path / "sources.yml")]
    done = subprocess.run([sys.executable, "-c", great, *crawl], cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
