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
HOSTILE = r"""
http://127.0.0.1:{port}/product
http://127.0.0.2:{port}/product
http://127.255.255.254:{port}/product
http://2130706433:{port}/product
http://0x7f000001:{port}/product
http://0177.0.0.1:{port}/product
http://017700000001:{port}/product
http://0x7f.1:{port}/product
http://127.1:{port}/product
http://127.0.1:{port}/product
http://0:{port}/product
http://0.0.0.0:{port}/product
http://localhost:{port}/product
http://LOCALHOST:{port}/product
http://localhost.:{port}/product
http://127.0.0.1.:{port}/product
http://[::1]:{port}/product
http://[::]:{port}/product
http://[0:0:0:0:0:0:0:1]:{port}/product
http://[::ffff:127.0.0.1]:{port}/product
http://[::ffff:7f00:1]:{port}/product
http://[::127.0.0.1]:{port}/product
http://[64:ff9b::127.0.0.1]:{port}/product
http://[2002:7f00:1::]:{port}/product
http://[fe80::1%25lo]:{port}/product
http://[::1%25lo]:{port}/product
http://shop.test@127.0.0.1:{port}/product
http://shop.test:80@localhost:{port}/product
http://127.0.0.1:{port}\@shop.test/product
http://127.0.0.1:{port}#@shop.test/product
http://%31%32%37.0.0.1:{port}/product
http://１２７.０.０.１:{port}/product
http://①②⑦.⓪.⓪.①:{port}/product
http://127。0。0。1:{port}/product
http://ⓛocalhost:{port}/product
http://inner.test:{port}/product
http://both.test:{port}/product
http://169.254.169.254/product
http://100.64.0.1:{port}/product
http://10.0.0.1:{port}/product
http://[fd00:ec2::254]/product
https://127.0.0.1:{port}/product
ftp://127.0.0.1:{port}/product
file:///etc/product
gopher://127.0.0.1:{port}/product
http://[::1/product
http://127.0.0.1:99999/product
data:text/html,product
"""
INNER = {"inner_test": [["127.0.0.1"]], "both_test": [["10.0.0.7", "::1"]]}
CARD = '<script type="application/ld+json">{}</script>'


def card(sku):
    product = {"@context": "https://schema.org", "@type": "Product", "sku": sku, "name": sku}
    product["offers"] = {"price": "9.90"}
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
    urls = [url.format(port=canary.port) for url in HOSTILE.strip().splitlines()]
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


def test_a_name_that_turns_to_this_machine_between_two_requests_is_not_followed(site, canary, internet, collect):
    connected = internet(shop_test=[["93.184.216.34"], ["93.184.216.34"], ["127.0.0.1"]])
    hostile_shop(site, [])
    done = collect({"kind": "catalogue", "url": f"{site.url}/sitemap.xml"})
    assert site.asked == ["/robots.txt", "/sitemap.xml"]
    assert canary.connections() == 0
    assert set(connected()) == {f"93.184.216.34:{canary.port}"}
    assert "passed over" in done.stderr and "private_network" in done.stderr


def test_a_private_name_is_reached_only_where_the_source_says_so(site, canary, internet, collect):
    internet(inner_test=[["127.0.0.1"]])
    hostile_shop(site, [])
    entry = {"kind": "catalogue", "url": f"http://inner.test:{site.server_port}/links"}
    refused = collect(entry)
    assert refused.returncode == 1
    assert "private_network: true" in refused.stderr and "Traceback" not in refused.stderr
    assert not site.asked
    assert collect(entry | {"private_network": True}).returncode == 0
    assert "/products/linked" in site.asked


def test_the_address_that_the_source_names_is_no_way_to_another_port(site, canary, internet, collect):
    internet()
    entry = {"kind": "catalogue", "url": f"http://127.0.0.1:{site.server_port}/links"}
    hostile_shop(site, [f"http://127.0.0.1:{canary.port}/product"])
    assert collect(entry).returncode == 0
    assert "/products/linked" in site.asked
    assert canary.connections() == 0


@pytest.mark.parametrize("place", ["127.0.0.1", "elsewhere.test"])
def test_a_feed_is_not_redirected_away_from_its_hosts(site, canary, internet, collect, place):
    connected = internet(elsewhere_test=[["93.184.216.34"]])
    site.pages["/orders.csv"] = redirect(f"http://{place}:{canary.port}/other.csv")
    done = collect({"kind": "orders", "format": "csv", "url": f"{site.url}/orders.csv"})
    assert done.returncode == 1
    assert f"{place} is not among `allowed_hosts`" in done.stderr
    assert site.asked == ["/orders.csv"] and len(set(connected())) == 1
    assert canary.connections() == 0


# IPv4 that is none of the open network's, then IPv6, with what carries an IPv4 address inside.
INNER_ADDRESSES = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.1", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255", "::", "::1", "100::1", "2001::1", "2001:db8::1", "3fff::1", "5f00::1", "fc00::1"),
    *("fd00::1", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "::7f00:1", "::8.8.8.8", "::ffff:127.0.0.1"),
    *("::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::"),
]


@pytest.mark.parametrize("address", INNER_ADDRESSES)
def test_an_address_outside_the_open_network_is_not_public(address):
    assert not is_public(ip_address(address))
    assert not may_connect(("shop.test", 80), address, set())


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2a00:1450:4001::1", "64:ff9b::808:808"])
def test_an_address_of_the_open_network_is_public(address):
    assert is_public(ip_address(address))


def source(tmp_path, **entry):
    file = tmp_path / "sources.yml"
    file.write_text(json.dumps({"business": "toy", "sources": {"toy": {"kind": "catalogue"} | entry}}))
    return read(file)["toy"]


@pytest.mark.parametrize(
    ("entry", "own"),
    [
        ({"url": "http://127.0.0.1:8770/"}, {("127.0.0.1", 8770)}),
        ({"url": "https://LOCALHOST/"}, {("localhost", 443)}),
        ({"url": "http://[::1]:81/"}, {("::1", 81)}),
        ({"url": "http://192.168.1.5/"}, {("192.168.1.5", 80)}),
        ({"url": "https://shop.test/"}, set()),
        ({"url": "https://shop.test/", "allowed_hosts": ["127.0.0.1"]}, set()),
        ({"url": "http://169.254.169.254/"}, set()),
        ({"url": "http://2130706433/"}, set()),
        ({"url": "http://127.0.0.1@shop.test/"}, set()),
        ({"url": "http://茶.test/", "private_network": True}, {("xn--cl1a.test", 80)}),
        (
            {"url": "http://a.test:81/", "allowed_hosts": ["b.test"], "private_network": True},
            {("a.test", 81), ("b.test", 81)},
        ),
    ],
)
def test_only_what_the_operator_named_may_be_private(tmp_path, entry, own):
    assert own_places(source(tmp_path, **entry)) == own


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1"])
def test_even_an_own_host_is_never_link_local_or_unspecified(address):
    assert may_connect(("a.test", 80), "10.0.0.1", {("a.test", 80)})
    assert not may_connect(("a.test", 80), address, {("a.test", 80)})
    assert not may_connect(("a.test", 81), "10.0.0.1", {("a.test", 80)})


@pytest.mark.parametrize("url", ["http://", "http://[::1/", "http://a.test:99999/", "http://a..test/", "http://x:0/"])
def test_a_url_without_a_host_that_could_be_asked_is_refused_with_its_source(tmp_path, url):
    with pytest.raises(SourcesError, match=r"toy: `url` or `allowed_hosts` names no host"):
        source(tmp_path, url=url)
