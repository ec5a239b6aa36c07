"""A crawl that is killed goes on where it was; a crawl that is repeated fetches only what changed."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import yaml

from scrapers.sources import Source
from scrapers.spiders.catalogue import CatalogueSpider
from warehouse import frontier
from warehouse.connection import PROJECT
from warehouse.frontier import Known, Visit

PAGES, KILLS, CONCURRENCY = 1000, 10, 8


def page(number, price="9.90", **headers):
    offer = {"@type": "Offer", "price": price, "priceCurrency": "CNY", "availability": "https://schema.org/InStock"}
    card = {"@type": "Product", "sku": f"T{number}", "name": f"Tea {number}", "offers": offer}
    return 200, headers, f'<html><script type="application/ld+json">{json.dumps(card)}</script></html>'.encode()


def sitemap(site, lastmods):
    entries = "".join(
        f"<url><loc>{site.url}/products/T{number}</loc>{f'<lastmod>{moment}</lastmod>' if moment else ''}</url>"
        for number, moment in lastmods.items()
    )
    return 200, {"Content-Type": "application/xml"}, f"<urlset>{entries}</urlset>".encode()


def asked_for_products(site):
    return [path for path in site.asked if path.startswith("/products/")]


def test_a_crawl_killed_ten_times_fetches_every_page_and_stores_none_twice(site, warehouse, tmp_path):
    for number in range(PAGES):
        site.pages[f"/products/T{number}"] = page(number)
    site.pages["/sitemap.xml"] = sitemap(site, dict.fromkeys(range(PAGES)))
    entry = {"kind": "catalogue", "url": f"{site.url}/sitemap.xml", "delay_seconds": 0, "concurrency": CONCURRENCY}
    sources = tmp_path / "sources.yml"
    sources.write_text(yaml.safe_dump({"business": "toy", "sources": {"toy_products": entry}}))
    command = [sys.executable, "-m", "scrapers", "toy_products", "--sources", str(sources)]
    chance, kills, in_the_middle = random.Random(7), 0, 0

    def stored():
        return warehouse.execute("select count(*) from raw.products").fetchone()[0]

    while kills < KILLS:
        process = subprocess.Popen(command, cwd=PROJECT, env=os.environ, stderr=subprocess.DEVNULL)
        begun = stored()
        while stored() == begun and process.poll() is None:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        in_the_middle += 0 < stored() < PAGES
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert in_the_middle >= KILLS / 2, "the kills came before or after the crawl: they prove nothing"
    assert stored() == PAGES
    assert warehouse.execute("select count(*) from crawl.pages where done_round = 1").fetchone() == (PAGES + 1,)
    asked = asked_for_products(site)
    assert len(set(asked)) == PAGES
    refetched = len(asked) - PAGES
    print(f"\n{PAGES} pages, {KILLS} kills, {in_the_middle} of them amid the crawl: {refetched} pages fetched again")
    assert refetched <= KILLS * 2 * CONCURRENCY


def test_a_round_is_not_over_while_pages_of_a_host_were_left_out_that_was_busy():
    source = Source(name="toy", kind="catalogue", url="http://shop.test/", allowed_hosts=["shop.test"])
    pages, asked = {f"http://shop.test/{number}" for number in range(5)}, []

    async def in_turn(act, connection, name, *arguments):
        if act is frontier.pending:
            _, limit, but, busy = arguments
            left = sorted(pages - set(asked))
            if busy or not left:  # what was under way is stored before it is this question's turn
                spider.done([Visit(url, "changed") for url in list(but)])
                return []
            return [Known(url, None, None, None) for url in left[:limit]]

    async def read():
        async for request in spider.start():
            asked.append(request.url)

    spider = CatalogueSpider(SimpleNamespace(source=source, connection=None, is_over=False, in_turn=in_turn))
    asyncio.run(asyncio.wait_for(read(), timeout=60))
    assert set(asked) == pages


def test_a_second_crawl_asks_only_for_what_may_have_changed_and_parses_only_what_did(site, collect, warehouse):
    tags = {}

    def tagged(number, tag, price):
        def answer():
            if site.headers[f"/products/T{number}"].get("If-None-Match") == tag:
                return 304, {"ETag": tag}, b""
            tags.setdefault(number, []).append(tag)
            return page(number, price, ETag=tag)

        return answer

    entry = {"kind": "catalogue", "url": site.url + "/sitemap.xml"}
    site.pages["/sitemap.xml"] = sitemap(site, {1: "2026-03-01", 2: "2026-03-01", 3: None, 4: None, 5: None})
    site.pages |= {f"/products/T{number}": page(number) for number in (1, 2, 5)}
    site.pages |= {f"/products/T{number}": tagged(number, '"a"', "9.90") for number in (3, 4)}
    assert "5 received = 5 loaded" in collect(entry).stdout
    seen = dict(warehouse.execute("select product_id, last_seen_at from raw.products").fetchall())

    site.asked.clear()
    site.pages["/sitemap.xml"] = sitemap(site, {1: "2026-03-01", 2: "2026-03-02", 3: None, 4: None, 5: None})
    site.pages["/products/T2"] = page(2, "8.80")
    site.pages["/products/T4"] = tagged(4, '"b"', "7.70")
    done = collect(entry)
    assert "2 received = 2 loaded" in done.stdout, done.stderr
    assert "/products/T1" not in site.asked
    outcomes = dict(warehouse.execute("select right(url, 2), outcome from crawl.pages").fetchall())
    assert outcomes == {
        "T1": "unasked",
        "T2": "changed",
        "T3": "unchanged",
        "T4": "changed",
        "T5": "unchanged",
        "ml": "changed",
    }
    assert tags == {3: ['"a"'], 4: ['"a"', '"b"']}
    again = dict(warehouse.execute("select product_id, max(last_seen_at) from raw.products group by 1").fetchall())
    assert all(again[name] > seen[name] for name in seen), "what is unchanged is seen again all the same"


def test_a_price_that_comes_back_is_a_third_row_of_its_history(site, collect, warehouse):
    entry = {"kind": "catalogue", "url": site.url + "/sitemap.xml"}
    site.pages["/sitemap.xml"] = sitemap(site, {1: None})
    for price in ("9.90", "8.80", "8.80", "9.90"):
        site.pages["/products/T1"] = page(1, price)
        assert collect(entry).returncode == 0
    rows = warehouse.execute(
        "select price::text, first_seen_at, last_seen_at from raw.products order by first_seen_at"
    ).fetchall()
    assert [price for price, *_ in rows] == ["9.90", "8.80", "9.90"]
    assert rows[1][1] < rows[1][2] <= rows[2][1]


def test_what_the_sitemap_omits_is_found_through_listings(site, collect, warehouse):
    site.pages["/robots.txt"] = (200, {}, f"User-agent: *\nSitemap: {site.url}/map.xml\n".encode())
    site.pages["/map.xml"] = sitemap(site, {1: None})
    site.pages["/"] = (200, {}, b'<a href="/collections/all">all</a> <a href="/about">about</a>')
    links = b'<a href="/products/T1">1</a> <a href="/products/T2#top">2</a> <a href="?page=2">more</a>'
    site.pages["/collections/all"] = (200, {}, links)
    elsewhere = b'<a href="/products/T3">3</a> <a href="http://127.0.0.9/products/T4">elsewhere</a>'
    site.pages["/collections/all?page=2"] = (200, {}, elsewhere)
    site.pages |= {f"/products/T{number}": page(number) for number in (1, 2, 3)}
    done = collect({"kind": "catalogue", "url": site.url + "/"})
    assert done.returncode == 0, done.stderr
    rows = warehouse.execute("select product_id from raw.products order by 1").fetchall()
    assert [name for (name,) in rows] == ["T1", "T2", "T3"]
    assert sorted(asked_for_products(site)) == ["/products/T1", "/products/T2", "/products/T3"]
    assert "/about" not in site.asked


def test_a_dead_page_ends_nothing_and_is_tried_again_in_the_next_round(site, collect, warehouse):
    entry = {"kind": "catalogue", "url": site.url + "/sitemap.xml"}
    site.pages["/sitemap.xml"] = sitemap(site, {1: None, 2: None, 3: None})
    site.pages |= {"/products/T1": page(1), "/products/T2": (500, {}, b"")}
    assert collect(entry).returncode == 0
    outcomes = "select right(url, 2), outcome, status from crawl.pages where url like '%products%' order by 1"
    assert warehouse.execute(outcomes).fetchall() == [
        ("T1", "changed", 200),
        ("T2", "failed", 500),
        ("T3", "missing", 404),
    ]
    site.pages["/products/T2"] = page(2)
    assert "1 received = 1 loaded" in collect(entry).stdout
