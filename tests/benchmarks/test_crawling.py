"""Crawling a shop into the warehouse beside a bare Scrapy spider that reads the same pages and stores nothing."""

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from warehouse.connection import PROJECT

PAGES = int(os.environ.get("BENCH_PAGES", 3_000))
CONCURRENCY = 8
BARE = """
import sys
import extruct, scrapy
from scrapy.crawler import CrawlerProcess

class Bare(scrapy.spiders.SitemapSpider):
    name = "bare"
    sitemap_urls = [sys.argv[1]]
    custom_settings = {"CONCURRENT_REQUESTS_PER_DOMAIN": int(sys.argv[2]), "DOWNLOAD_DELAY": 0, "LOG_LEVEL": "ERROR",
                       "ROBOTSTXT_OBEY": True, "TELNETCONSOLE_ENABLED": False}
    read = 0

    def parse(self, response):
        Bare.read += len(extruct.extract(response.text, response.url, syntaxes=["json-ld"])["json-ld"])

process = CrawlerProcess()
process.crawl(Bare)
process.start()
print(Bare.read)
"""
FILLER = "<p>%s</p>" % ("A fine tea from the hills, picked by hand in early spring. " * 20) * 10


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        number, kind = self.path.rpartition("/T")[2], "text/html"
        if self.path == "/sitemap.xml":
            urls = "".join(f"<url><loc>{base}/products/T{n}</loc></url>" for n in range(PAGES))
            body, kind = f"<urlset>{urls}</urlset>", "application/xml"
        elif number.isdigit():
            offer = {"@type": "Offer", "price": "9.90", "priceCurrency": "CNY", "availability": "InStock"}
            card = {"@context": "https://schema.org", "@type": "Product", "sku": f"T{number}", "name": f"Tea {number}"}
            script = json.dumps(card | {"offers": offer})
            body = (
                f'<html><head><script type="application/ld+json">{script}</script></head><body>{FILLER}</body></html>'
            )
        else:
            body = ""
        encoded = body.encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def shop():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sitemap.xml"
    server.shutdown()
    thread.join()
    server.server_close()


def seconds(command):
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=PROJECT, check=True, capture_output=True, text=True)
    return time.perf_counter() - began, done.stdout


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_crawling_beside_a_bare_spider(warehouse, shop, tmp_path):
    sources = tmp_path / "sources.yml"
    entry = {"kind": "catalogue", "url": shop, "delay_seconds": 0, "concurrency": CONCURRENCY}
    sources.write_text(yaml.safe_dump({"business": "toy", "sources": {"toy_products": entry}}))
    ours_command = ["-m", "scrapers", "toy_products", "--sources", str(sources)]
    bound, read = seconds(["-c", BARE, shop, str(CONCURRENCY)])
    assert int(read) == PAGES
    ours, said = seconds(ours_command)
    assert f"{PAGES:,} loaded" in said
    again, _ = seconds(ours_command)
    rates = (PAGES / bound, PAGES / ours, bound / ours, PAGES / again, bound / again)
    text = """
{:,} product pages, {} at a time
  bare Scrapy spider, JSON-LD read, nothing stored  {:>7,.0f} pages/s
  python -m scrapers                                {:>7,.0f} pages/s   ratio {:.2f}
  the same again, nothing changed                   {:>7,.0f} pages/s   ratio {:.2f}"""
    print(text.format(PAGES, CONCURRENCY, *rates))
    assert bound / ours >= 0.7
