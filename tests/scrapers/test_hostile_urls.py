"""What pages, redirects, sitemaps and name servers say leads nowhere but to public addresses of the source's hosts."""

import html
import json
from ipaddress import ip_address

import pytest
from scrapy import Request
from scrapy.utils.httpobj import urlparse_cached

from scrapers.addresses import is_public, may_connect, own_places
from scrapers.sources import SourcesError, read

# Each leads to the canary on its port, or would lead to some private place, in one spelling or another.
HOSTILE = """
http://127.0.0.1:{port}/product        http://127.0.0.2:{port}/product     http://127.255.255.254:{port}/product
http://2130706433:{port}/product       http://0x7f000001:{port}/product    http://0177.0.0.1:{port}/product
http://017700000001:{port}/product     http://0x7f.1:{port}/product        http://127.1:{port}/product
http://127.0.1:{port}/product          http://0:{port}/product             http://0.0.0.0:{port}/product
http://localhost:{port}/product        http://LOCALHOST:{port}/product     http://localhost.:{port}/product
http://127.0.0.1.:{port}/product       http://[::1]:{port}/product         http://[::]:{port}/product
http://[0:0:0:0:0:0:0:1]:{port}/product                http://[::ffff:127.0.0.1]:{port}/product
http://[::ffff:7f00:1]:{port}/product  http://[::127.0.0.1]:{port}/product http://[64:ff9b::127.0.0.1]:{port}/product
http://[2002:7f00:1::]:{port}/product  http://[fe80::1%25lo]:{port}/product            http://[::1%25lo]:{port}/product
http://shop.test@127.0.0.1:{port}/product              http://shop.test:80@localhost:{port}/product
http://127.0.0.1:{port}\\@shop.test/product            http://127.0.0.1:{port}#@shop.test/product
http://%31%32%37.0.0.1:{port}/product  http://１２７.０.０.１:{port}/product           http://①②⑦.⓪.⓪.①:{port}/product
http://127。0。0。1:{port}/product     http://ⓛocalhost:{port}/product     http://inner.test:{port}/product
http://both.test:{port}/product        http://169.254.169.254/product      http://100.64.0.1:{port}/product
http://10.0.0.1:{port}/product         http://[fd00:ec2::254]/product      https://127.0.0.1:{port}/product
ftp://127.0.0.1:{port}/product         file:///etc/product                 gopher://127.0.0.1:{port}/product
http://[::1/product                    http://127.0.0.1:99999/product      data:text/html,product
""".split()
INNER = {"inner_test": [["127.0.0.1"]], "both_test": [["10.0.0.7", "::1"]]}
CARD = '<script type="application/ld+json">{}</script>'


def card(sku):
    product = {"@context": "https://schema.org", "@type": "Product", "sku": sku, "name": sku}
    return (200, {}, CARD.format(json.dumps(product)).encode())


def redirect(url):
    return (302, {"Location": url}, b"")


def hostile_shop(site, urls):
    """Fill the site: each URL as sitemap entry, link, redirect, chain of redirects and meta refresh; one good page."""
    listed = [*urls, f"{site.url}/links", f"{site.url}/products/good"]
    for number, url in enumerate(urls):
        wire = url.encode().decode("latin-1")
        refresh = f'<meta http-equiv="refresh" content="0; url={html.escape(url)}">'
        site.pages[f"/redirect/{number}"] = redirect(wire)
        site.pages[f"/chain/{number}"] = redirect(f"/redirect/{number}")
        site.pages[f"/refresh/{number}"] = (200, {}, refresh.encode())
        listed += [f"{site.url}/{way}/{number}" for way in ("redirect", "chain", "refresh")]
    entries = "".join(f"<url><loc>{html.escape(url)}</loc></url>" for url in listed)
    site.pages["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, f"<urlset>{entries}</urlset>".encode())
    links = "".join(f'<a href="{html.escape(url)}">tea</a>' for url in [*urls, "/products/linked"])
    site.pages["/links"] = (200, {}, links.encode())
    site.pages |= {f"/products/{sku}": card(sku) for sku in ("good", "linked")}


def hosts(urls):
    for url in urls:
        try:
            yield urlparse_cached(Request(url)).hostname
        except ValueError:
            continue


@pytest.mark.parametrize("defence", ["allowed hosts", "address alone"])
def test_no_hostile_url_reaches_a_canary_and_the_shop_is_read(site, canary, internet, collect, warehouse, defence):
    connected = internet(**INNER)
    urls = [url.format(port=canary.port) for url in HOSTILE]
    hostile_shop(site, urls)
    entry = {"kind": "catalogue", "url": f"{site.url}/sitemap.xml", "concurrency": 8}
    if defence == "address alone":
        entry["allowed_hosts"] = sorted(set(filter(None, hosts(urls))))
    done = collect(entry)
    assert len(urls) > 45
    assert canary.connections() == 0
    assert set(connected()) == {f"93.184.216.34:{canary.port}"}
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found = warehouse.execute("select product_id from raw.products order by 1").fetchall()
    assert found == [("good",), ("linked",)]
    ways = {path.split("/")[1] for path in site.asked}
    assert {"redirect", "chain", "refresh"} <= ways
