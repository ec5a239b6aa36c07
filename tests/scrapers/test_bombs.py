"""What is small on the wire and great in memory, or never ends: the crawl goes on, and its memory stays bounded."""

import gzip
import itertools
import json
import time
from collections.abc import Iterator

import pytest

from tests.scrapers.bombs import MEBIBYTE, brotlied, deflated, feed, gzipped, laughs, quadratic, zstandard

GREATEST_PEAK = 300
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"


def encoded(body, encoding):
    return (200, {"Content-Encoding": encoding}, body)


def endless_body():
    yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from itertools.repeat(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def endless_headers():
    yield OK
    yield from (b"X-%d: %s\r\n" % (number, b"x" * 16_000) for number in itertools.count())


def endless_continued_header():
    yield OK + b"X: x\r\n"
    yield from itertools.repeat(b" " + b"x" * 16_000 + b"\r\n")


def great_header():
    yield OK + b"X: " + b"x" * (5 * MEBIBYTE) + b"\r\n\r\nbody"


def great_promise():
    yield OK + b"Content-Length: 10737418240\r\n\r\n" + b" " * MEBIBYTE


def slow_body():
    yield OK + b"Content-Length: 1000\r\n\r\n"
    for _ in range(1000):
        yield b" "
        time.sleep(0.1)


def card(sku):
    product = {"@context": "https://schema.org", "@type": "Product", "sku": sku, "name": sku}
    product["offers"] = {"price": "9.90"}
    return f'<script type="application/ld+json">{json.dumps(product)}</script>'.encode()


def page(body, kind="text/html"):
    return (200, {"Content-Type": kind}, body)


SITEMAP = "<urlset><url><loc>/products/&l9;</loc></url></urlset>"
DEEP_CARD = b'<script type="application/ld+json">' + b'{"@graph":[' * 100_000 + b"</script>"
BOMBS = {
    "gzip": lambda: encoded(gzipped(), "gzip"),
    "brotli": lambda: encoded(brotlied(), "br"),
    "zstd": lambda: encoded(zstandard(), "zstd"),
    "zstd-window": lambda: encoded(zstandard(window=27), "zstd"),
    "deflate": lambda: encoded(b"\x78\x9c" + deflated() + bytes(4), "deflate"),
    "nested-gzip": lambda: encoded(gzip.compress(gzipped()), "gzip, gzip"),
    "thrice-gzip": lambda: encoded(gzip.compress(gzip.compress(gzipped())), "gzip, gzip, gzip"),
    "deep-html": lambda: page(b"<div>" * 20_000 + card("deep")),
    "deeper-html": lambda: page(b"<b>" * 2_500_000),
    "attributes": lambda: page(b"<a " + b" ".join(b"a%d=1" % number for number in range(500_000)) + b">"),
    "wide-html": lambda: page(b"<p>x" * 2_000_000),
    "most-tags": lambda: page(b"<p>x" * 99_000),
    "most-attributes": lambda: page((b"<p" + b" a=b" * 4_900 + b">") * 20),
    "many-attributes": lambda: page((b"<p" + b" a=b" * 4_900 + b">") * 400),
    "deep-card": lambda: page(DEEP_CARD),
    "laughs": lambda: page(laughs(SITEMAP), "application/xml"),
    "quadratic": lambda: page(quadratic(SITEMAP), "application/xml"),
    "endless-body": endless_body,
    "endless-headers": endless_headers,
    "endless-continued-header": endless_continued_header,
    "great-header": great_header,
    "great-promise": great_promise,
    "slow-body": slow_body,
}


def test_bombs_and_endless_answers_are_passed_over_in_bounded_memory(site, collect_bounded, warehouse):
    for name, bomb in BOMBS.items():
        answer = bomb()
        site.pages[f"/products/{name}"] = bomb if isinstance(answer, Iterator) else answer
        site.pages[f"/products/{name}/after"] = page(card(name))
    urls = "".join(
        f"<url><loc>/products/{name}</loc></url><url><loc>/products/{name}/after</loc></url>" for name in BOMBS
    )
    site.pages["/sitemap.xml"] = page(f"<urlset>{urls}</urlset>".encode(), "application/xml")
    entry = {"kind": "catalogue", "url": f"{site.url}/sitemap.xml", "timeout_seconds": 1}
    done, peak = collect_bounded(entry)
    print(f"{len(BOMBS)} bombs: peak {peak:.0f} MiB")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert peak < GREATEST_PEAK
    found = warehouse.execute("select product_id from raw.products").fetchall()
    assert {sku for (sku,) in found} >= set(BOMBS)


def test_a_site_of_large_pages_takes_the_memory_of_a_few(site, collect_bounded):
    names = [f"/products/{number}" for number in range(400)]
    for name in names:
        site.pages[name] = page(b"<html><p>" + b"x" * MEBIBYTE)
    urls = "".join(f"<url><loc>{name}</loc></url>" for name in names)
    site.pages["/sitemap.xml"] = page(f"<urlset>{urls}</urlset>".encode(), "application/xml")
    done, peak = collect_bounded({"kind": "catalogue", "url": f"{site.url}/sitemap.xml", "may_be_empty": True})
    print(f"{len(names)} pages of 1 MiB: peak {peak:.0f} MiB")
    assert done.returncode == 0, done.stderr
    assert peak < GREATEST_PEAK


FEEDS = {
    "rss with a billion laughs": ("posts", "rss", lambda: laughs(feed("&l9;")), 3),
    "rss with a long entity": ("posts", "rss", lambda: quadratic(feed("&l9;")), 3),
    "rss of items without end": ("posts", "rss", lambda: b"<rss>" + b"<item>" * 1_000_000, 1),
    "deep rss": ("posts", "rss", lambda: feed("<b>" * 2_000).encode(), 3),
    "deep json": ("email_events", "json", lambda: b"[" * 4_000_000, 1),
    "deep objects": ("email_events", "json", lambda: b'{"a":' * 1_000_000, 1),
    "an array of numbers": ("events", "json", lambda: b"[" + b"0," * (4 * MEBIBYTE - 5) + b"0]", 1_016),
    "one long line": ("events", "jsonl", lambda: b'{"a":"' + b"x" * (7 * MEBIBYTE) + b'"}', 1),
    "many tiny lines": ("events", "jsonl", lambda: b"0\n" * 30_000, 30_000),
}


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_that_swells_is_quarantined_in_bounded_memory(name, site, collect_bounded, warehouse):
    kind, form, make, records = FEEDS[name]
    site.pages["/feed"] = page(make(), "text/plain")
    done, peak = collect_bounded({"kind": kind, "format": form, "url": f"{site.url}/feed"})
    print(f"{name}: peak {peak:.0f} MiB")
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert peak < GREATEST_PEAK
    totals = "select sum(received), sum(quarantined), max(received) <= 10000 from raw.batches"
    assert warehouse.execute(totals).fetchone() == (records, records, True)


def test_a_compressed_feed_that_swells_fails_with_its_reason(site, collect_bounded):
    site.pages["/feed"] = encoded(gzipped(), "gzip")
    done, peak = collect_bounded({"kind": "events", "url": f"{site.url}/feed"})
    assert done.returncode == 1
    assert "exceeded DOWNLOAD_MAXSIZE" in done.stderr and "Traceback" not in done.stderr
    assert peak < GREATEST_PEAK
