"""What is small on the wire and great in memory, or never ends: the crawl goes on, and its memory stays bounded."""

import gzip
import itertools
import json
import time
import zlib

import brotli
import pytest
from backports import zstd

from warehouse.connection import PROJECT

MEBIBYTE = 1024 * 1024
BOMB = 700 * MEBIBYTE
GREATEST_PEAK = 300
ADDRESS_SPACE = 2048
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"


@pytest.fixture
def collect_bounded(collect, tmp_path, monkeypatch):
    """Run the collector in a bounded address space; returns it, and its peak of resident memory in MiB."""
    peak = tmp_path / "peak"
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "tests" / "scrapers" / "bounded"))
    monkeypatch.setenv("BOUNDED_MEBIBYTES", str(ADDRESS_SPACE))
    monkeypatch.setenv("BOUNDED_PEAK", str(peak))

    def run(entry):
        done = collect(entry)
        assert peak.exists(), done.stderr
        return done, int(peak.read_text()) / 1024

    return run


def deflated(times=100):
    """Return raw deflate of `times` × 7 MiB of blanks: a chunk that ends in a full flush may be repeated."""
    packer = zlib.compressobj(9, wbits=-15)
    chunk = packer.compress(b" " * (7 * MEBIBYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return chunk * times + zlib.compressobj(wbits=-15).flush()


def gzipped():
    return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + deflated() + bytes(8)


def brotlied():
    packer, blanks = brotli.Compressor(quality=1), b" " * MEBIBYTE
    return b"".join(packer.process(blanks) for _ in range(BOMB // MEBIBYTE)) + packer.finish()


def zstandard(window=0):
    options = {zstd.CompressionParameter.compression_level: 1}
    if window:
        options |= {zstd.CompressionParameter.window_log: window, zstd.CompressionParameter.checksum_flag: 0}
    packer, blanks = zstd.ZstdCompressor(options=options), b" " * MEBIBYTE
    return b"".join(packer.compress(blanks) for _ in range(BOMB // MEBIBYTE)) + packer.flush()


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
    return f'<script type="application/ld+json">{json.dumps(product)}</script>'.encode()


def page(body, kind="text/html"):
    return (200, {"Content-Type": kind}, body)


def laughs(inside):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "{"ha" * 100}">{entities}]>{inside}'.encode()


def quadratic(inside):
    text = inside.replace("&l9;", "&l0;" * 50_000)
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "{"ha" * 50_000}">]>{text}'.encode()


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
    "attributes": lambda: page(b"<a " + b" ".join(b"a%d=1" % number for number in range(20_000)) + b">"),
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


@pytest.mark.parametrize("name", BOMBS)
def test_one_bomb_explore(name, site, collect_bounded, warehouse):
    site.pages[f"/products/{name}"] = BOMBS[name]
    site.pages["/products/good"] = page(card("good"))
    urls = "".join(f"<url><loc>/products/{found}</loc></url>" for found in (name, "good"))
    site.pages["/sitemap.xml"] = page(f"<urlset>{urls}</urlset>".encode(), "application/xml")
    t = time.time()
    done, peak = collect_bounded(
        {"kind": "catalogue", "url": f"{site.url}/sitemap.xml", "timeout_seconds": 2, "concurrency": 4}
    )
    print(done.stderr)
    print("EXPLORE", name, done.returncode, round(peak), round(time.time() - t, 1))
    print(warehouse.execute("select product_id from raw.products order by 1").fetchall())
