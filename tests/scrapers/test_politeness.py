"""How the crawler behaves on a site: counted and timed by the site itself."""

import itertools
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from scrapers.politeness import settings_of
from scrapers.sources import read

PAGES = ["/products/a", "/products/b", "/products/c", "/products/d"]


def card(sku):
    product = {"@context": "https://schema.org", "@type": "Product", "sku": sku, "name": sku}
    product["offers"] = {"price": "9.90"}
    return (200, {}, f'<script type="application/ld+json">{json.dumps(product)}</script>'.encode())


@pytest.fixture
def shop(site):
    """The site with a sitemap of four product pages; returns a source that reads it."""
    locations = "".join(f"<url><loc>{path}</loc></url>" for path in PAGES)
    site.pages["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, f"<urlset>{locations}</urlset>".encode())
    site.pages |= {path: card(path[-1]) for path in PAGES}
    return {"kind": "catalogue", "url": f"{site.url}/sitemap.xml"}


def once(answer, then):
    """Return a page that answers once in one way, then in another."""
    answers = itertools.chain([answer], itertools.repeat(then))
    return lambda: next(answers)


def moments(site, path):
    return [moment for found, moment, _ in site.visits if found == path]


def gaps(site):
    return [later - earlier for (_, earlier, _), (_, later, _) in itertools.pairwise(site.visits)]


def test_requests_keep_the_delay_that_the_source_asks_for_whatever_its_concurrency(site, shop, collect):
    site.pages |= {f"/products/{number}": card(str(number)) for number in range(10)}
    more = "".join(f"<url><loc>/products/{number}</loc></url>" for number in range(10))
    site.pages["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, f"<urlset>{more}</urlset>".encode())
    assert collect(shop | {"delay_seconds": 0.3, "concurrency": 8}).returncode == 0
    assert len(site.asked) == 12
    # The server notes a request a little after it was sent: a late one makes the next gap look shorter.
    assert min(gaps(site)) > 0.2 and site.visits[-1][1] - site.visits[0][1] > 11 * 0.3 - 0.1


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_requests_run_side_by_side_than_the_source_allows(site, shop, collect, concurrency):
    running, most = set(), []

    def slow(sku):
        def answer():
            running.add(sku)
            most.append(len(running))
            time.sleep(0.2)
            running.discard(sku)
            return card(sku)

        return answer

    site.pages |= {path: slow(path[-1]) for path in PAGES}
    assert collect(shop | {"concurrency": concurrency}).returncode == 0
    assert max(most) == concurrency


def test_robots_txt_is_obeyed_behind_redirects_too_and_its_crawl_delay_kept(site, shop, collect, warehouse):
    rules = b"User-agent: *\nDisallow: /products/\nUser-agent: huaxiang\nDisallow: /products/b\nCrawl-delay: 0.6\n"
    site.pages["/robots.txt"] = (200, {}, rules)
    site.pages["/products/c"] = (302, {"Location": "/products/b?again"}, b"")
    assert collect(shop).returncode == 0
    assert not [path for path in site.asked if path.startswith("/products/b")]
    assert warehouse.execute("select count(*) from raw.products").fetchone() == (2,)
    assert min(gaps(site)[1:]) > 0.5


@pytest.mark.parametrize(
    ("robots", "asked"),
    [
        ((404, {}, b"<a>Disallow: /</a>\nUser-agent: *\nDisallow: /"), True),
        ((200, {}, b"\xff\xfe\x00 \x93 <html>\nDisallow\n: x\nUser-agent"), True),
        ((200, {}, b"User-agent: *\nDisallow: /\n" + b"# nothing\n" * 200_000), False),
        ((302, {"Location": "/rules"}, b""), False),
        ((500, {}, b"User-agent: *\nAllow: /"), False),
        ((429, {}, b""), False),
        ((302, {"Location": "http://127.0.0.1:9/robots.txt"}, b""), False),
    ],
    ids=["missing", "broken", "huge", "moved", "server error", "too many requests", "unreachable"],
)
def test_a_missing_robots_txt_allows_all_and_one_that_cannot_be_read_nothing(site, shop, collect, robots, asked):
    site.pages |= {"/robots.txt": robots, "/rules": (200, {}, b"User-agent: *\nDisallow: /")}
    done = collect(shop)
    assert ("/sitemap.xml" in site.asked) == asked
    assert done.returncode == (0 if asked else 1), done.stderr
    assert "Traceback" not in done.stderr
    if not asked:
        assert f"cannot fetch {site.url}/sitemap.xml: Forbidden by robots.txt" in done.stderr


def test_a_host_that_answers_429_is_left_alone_as_long_as_it_asks(site, shop, collect, warehouse):
    site.pages["/products/b"] = once((429, {"Retry-After": "2"}, b""), then=card("b"))
    assert collect(shop).returncode == 0
    refused, again = moments(site, "/products/b")
    assert again - refused >= 2
    assert not [path for path, moment, _ in site.visits if refused < moment < refused + 2]
    assert warehouse.execute("select count(*) from raw.products").fetchone() == (4,)


@pytest.mark.parametrize("concurrency", [1, 40])
def test_while_one_host_is_left_alone_the_others_are_read(site, shop, collect, warehouse, concurrency):
    other = site.url.replace("127.0.0.1", "localhost")
    held = [f"/products/a{number}" for number in range(2 * concurrency + 8)]
    free = [f"/products/z{number}" for number in range(8)]
    site.pages |= {path: card(path[10:]) for path in held + free}
    site.pages["/products/a0"] = once((429, {"Retry-After": "5"}, b""), then=card("a0"))
    urls = [f"{site.url}{path}" for path in held] + [f"{other}{path}" for path in free]
    locations = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    site.pages["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, f"<urlset>{locations}</urlset>".encode())
    source = shop | {"concurrency": concurrency, "allowed_hosts": ["127.0.0.1", "localhost"], "private_network": True}
    done = collect(source)
    assert done.returncode == 0, done.stderr
    again = len(site.asked) - 1 - site.asked[::-1].index("/products/a0")
    assert set(free) <= set(site.asked[:again])
    assert warehouse.execute("select count(*) from raw.products").fetchone() == (len(urls),)


def test_a_page_that_answers_503_waits_until_its_date_and_the_others_do_not(site, shop, collect, warehouse):
    asked_for = []

    def closed():
        if asked_for:
            return card("b")
        asked_for.append(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3))
        return (503, {"Retry-After": format_datetime(asked_for[0], usegmt=True)}, b"")

    site.pages["/products/b"] = closed
    assert collect(shop).returncode == 0
    _, again = moments(site, "/products/b")
    assert again + time.time() - time.monotonic() >= asked_for[0].timestamp()
    assert {"/products/a", "/products/c", "/products/d"} <= set(site.asked[:-1])
    assert site.asked[-1] == "/products/b"
    assert warehouse.execute("select count(*) from raw.products").fetchone() == (4,)


def test_pages_that_answer_503_hold_up_no_other_page_of_their_host(site, shop, collect, warehouse):
    for path in PAGES[:3]:
        site.pages[path] = once((503, {"Retry-After": "4"}, b""), then=card(path[-1]))
    assert collect(shop).returncode == 0
    assert site.asked.index("/products/d") < site.asked.index("/products/a", site.asked.index("/products/a") + 1)
    assert warehouse.execute("select count(*) from raw.products").fetchone() == (4,)


def test_who_asks_to_wait_for_long_is_not_asked_again(site, shop, collect):
    for path in PAGES:
        site.pages[path] = (429, {"Retry-After": "86400"}, b"")
    done = collect(shop)
    assert len(site.asked) == 3, site.asked
    assert "asks to wait 86400 seconds" in done.stderr and "Traceback" not in done.stderr
    site.pages["/sitemap.xml"] = (503, {"Retry-After": "86400"}, b"")
    site.asked.clear()
    done = collect(shop)
    assert (done.returncode, site.asked) == (1, ["/robots.txt", "/sitemap.xml"])
    assert "cannot fetch" in done.stderr and "HTTP 503" in done.stderr


def test_a_foreign_site_is_told_whom_to_write_to(site, shop, internet, collect, monkeypatch):
    internet()
    foreign = shop | {"url": f"{site.url}/sitemap.xml"}
    monkeypatch.delenv("HUAXIANG_CONTACT")
    refused = collect(foreign)
    assert refused.returncode == 2
    assert "`contact:`" in refused.stderr and "$HUAXIANG_CONTACT" in refused.stderr
    assert not site.asked
    assert collect(foreign | {"contact": "https://huaxiang.test/bot"}).returncode == 0
    assert {agent for _, _, agent in site.visits} == {"Huaxiang/0.1 (+https://huaxiang.test/bot)"}


def test_a_source_is_one_request_a_second_unless_it_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.setenv("HUAXIANG_CONTACT", "crawler@shop.test")
    file = tmp_path / "sources.yml"
    file.write_text("business: toy\nsources: {toy: {kind: catalogue, url: 'https://shop.test/'}}")
    settings = settings_of(read(file)["toy"])
    assert settings["DOWNLOAD_DELAY"] == 1 and settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert settings["USER_AGENT"] == "Huaxiang/0.1 (+crawler@shop.test)"
    assert settings["ROBOTSTXT_OBEY"]


@pytest.mark.parametrize("contact", ["", "nobody", "a@b\r\nX: y", "a b@c.test", "me@shop.test (x)", "javascript:x@y"])
def test_a_contact_that_reaches_nobody_is_refused(shop, collect, contact):
    done = collect(shop | {"contact": contact})
    assert done.returncode == 2
    assert "contact" in done.stderr and "Traceback" not in done.stderr
