import json

import pytest

ORDERS = {"kind": "orders", "format": "csv"}
HEADER = b"order_id,line_id,product_id,quantity,unit_price,ordered_at\n"


def order_lines(*numbers, day="01"):
    return b"".join(b"o%d,1,p1,1,9.90,2026-03-%sT10:00:00Z\n" % (n, day.encode()) for n in numbers)


def count(warehouse, table="raw.orders"):
    return warehouse.execute(f"select count(*) from {table}").fetchone()[0]


def cursor(warehouse):
    return warehouse.execute("select cursor from raw.cursors").fetchone()[0]


def test_pages_of_a_window_follow_one_another_and_the_cursor_goes_on_from_there(site, collect, warehouse):
    entry = ORDERS | {"url": site.url + "/orders?from={from}&until={until}", "start": "2026-03-01"}
    first = "/orders?from=2026-03-01&until=2026-03-03"
    site.pages[first] = (200, {"Link": f'<{first}&page=2>; rel="next"'}, HEADER + order_lines(1, 2))
    site.pages[first + "&page=2"] = (200, {}, HEADER + order_lines(3))
    done = collect(entry, "--from", "2026-03-01", "--until", "2026-03-03")
    assert done.returncode == 0, done.stderr
    assert "3 received = 3 loaded + 0 duplicate + 0 quarantined" in done.stdout
    assert cursor(warehouse) == {"until": "2026-03-03"}


def test_a_window_that_leaves_a_gap_does_not_move_the_cursor(site, collect, warehouse):
    entry = ORDERS | {"url": site.url + "/orders?from={from}&until={until}", "start": "2026-03-01"}
    site.pages["/orders?from=2026-03-05&until=2026-03-06"] = (200, {}, HEADER + order_lines(5))
    assert collect(entry, "--from", "2026-03-05", "--until", "2026-03-06").returncode == 0
    assert count(warehouse) == 1
    assert count(warehouse, "raw.cursors") == 0


def test_days_collected_in_any_order_give_the_same_rows(site, collect, warehouse):
    entry = ORDERS | {"url": site.url + "/orders?from={from}&until={until}", "start": "2026-03-01"}
    for day in range(1, 4):
        page = (200, {}, HEADER + order_lines(day, day + 1))
        site.pages[f"/orders?from=2026-03-0{day}&until=2026-03-0{day + 1}"] = page
    for day in (3, 1, 2, 3):
        assert collect(entry, "--from", f"2026-03-0{day}", "--until", f"2026-03-0{day + 1}").returncode == 0
    rows = warehouse.execute("select order_id from raw.orders order by 1").fetchall()
    assert [name for (name,) in rows] == ["o1", "o2", "o3", "o4"]


@pytest.mark.parametrize("page", [(404, {}, b""), (403, {}, b"")])
def test_a_failed_start_page_ends_with_status_1_and_says_which(site, collect, page):
    site.pages["/orders.csv"] = page
    done = collect(ORDERS | {"url": site.url + "/orders.csv"})
    assert done.returncode == 1
    assert f"cannot fetch {site.url}/orders.csv: HTTP {page[0]}" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_received_where_something_was_expected_is_an_error(site, collect):
    site.pages["/orders.csv"] = (200, {}, HEADER)
    done = collect(ORDERS | {"url": site.url + "/orders.csv"})
    assert done.returncode == 1
    assert "nothing received" in done.stderr and "may_be_empty" in done.stderr
    assert collect(ORDERS | {"url": site.url + "/orders.csv", "may_be_empty": True}).returncode == 0


def test_nothing_new_from_a_source_that_gave_before_is_no_error(site, collect):
    site.pages["/orders.csv"] = (200, {}, HEADER + order_lines(1))
    assert collect(ORDERS | {"url": site.url + "/orders.csv"}).returncode == 0
    site.pages["/orders.csv"] = (200, {}, HEADER)
    done = collect(ORDERS | {"url": site.url + "/orders.csv"})
    assert (done.returncode, done.stdout) == (0, "toy_source: nothing new\n")


def test_a_warehouse_that_refuses_ends_with_status_1_and_leaves_the_cursor(site, collect, warehouse, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(HEADER + order_lines(1, 2))
    warehouse.execute("alter table raw.orders rename to hidden")
    done = collect(ORDERS | {"path": str(path)})
    assert done.returncode == 1
    assert "could not store a batch" in done.stderr and "Traceback" not in done.stderr
    assert count(warehouse, "raw.cursors") == 0


def test_a_local_file_that_grew_is_read_on_and_an_unchanged_one_not_at_all(collect, warehouse, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(HEADER + order_lines(1, 2))
    assert "2 received = 2 loaded" in collect(ORDERS | {"path": str(path)}).stdout
    assert "nothing new" in collect(ORDERS | {"path": str(path)}).stdout
    with path.open("ab") as file:
        file.write(order_lines(3))
    assert "1 received = 1 loaded" in collect(ORDERS | {"path": str(path)}).stdout
    path.write_bytes(HEADER + order_lines(1, 2, 3, 4)[::1].replace(b"9.90", b"9.90"))
    assert "1 received = 1 loaded" in collect(ORDERS | {"path": str(path)}).stdout
    path.write_bytes(HEADER.replace(b"order_id,line_id", b"order_id,line_id") + order_lines(9, 1))
    assert "2 received = 1 loaded + 1 duplicate" in collect(ORDERS | {"path": str(path)}).stdout


def test_a_correction_deep_in_a_file_that_grew_is_not_passed_over(collect, warehouse, tmp_path):
    path = tmp_path / "orders.csv"
    before = HEADER + order_lines(*range(2_000))
    path.write_bytes(before)
    assert "2,000 received = 2,000 loaded" in collect(ORDERS | {"path": str(path)}).stdout
    at = before.rindex(b"9.90")
    path.write_bytes(before[:at] + b"8.90" + before[at + 4 :] + order_lines(2_000))
    done = collect(ORDERS | {"path": str(path)}).stdout
    assert "2,001 received = 1 loaded + 1,999 duplicate + 1 quarantined" in done


def test_a_truncated_gzip_file_loads_what_is_whole_and_ends_with_status_1(collect, warehouse, tmp_path):
    import gzip

    path = tmp_path / "orders.csv.gz"
    whole = gzip.compress(HEADER + order_lines(*range(40_000)))
    path.write_bytes(whole[: len(whole) // 2])
    done = collect(ORDERS | {"path": str(path)})
    assert done.returncode == 1
    assert "is cut off" in done.stderr and "Traceback" not in done.stderr
    assert count(warehouse) >= 10_000


CARD = {
    "@context": "https://schema.org",
    "@type": "Product",
    "sku": "T1",
    "name": "龙井 <Longjing>",
    "brand": {"name": "West"},
}
CARD |= {
    "offers": {"@type": "Offer", "price": "88.00", "priceCurrency": "CNY", "availability": "https://schema.org/InStock"}
}
SCRIPT = '<script type="application/ld+json">{}</script>'


def product_page(*scripts):
    return (200, {}, f"<html><body>{''.join(SCRIPT.format(script) for script in scripts)}</body></html>".encode())


def sitemap(*urls):
    body = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return (200, {"Content-Type": "application/xml"}, f"<urlset>{body}</urlset>".encode())


def test_products_are_found_through_an_index_of_sitemaps_and_a_broken_script_hides_no_sibling(site, collect, warehouse):
    index = f"<sitemapindex><sitemap><loc>{site.url}/sitemap-1.xml</loc></sitemap></sitemapindex>".encode()
    site.pages["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, index)
    site.pages["/sitemap-1.xml"] = sitemap(*(f"{site.url}/{p}" for p in ("products/T1", "products/T2", "private/T3")))
    site.pages["/products/T1"] = product_page("{broken", json.dumps(CARD))
    site.pages["/products/T2"] = product_page(json.dumps({"@graph": [{"@type": "WebPage"}, CARD | {"sku": "T2"}]}))
    done = collect({"kind": "catalogue", "url": site.url + "/sitemap.xml"})
    assert done.returncode == 0, done.stderr
    rows = warehouse.execute(
        "select product_id, name, brand, price, currency, availability from raw.products order by 1"
    )
    assert [(*row[:3], str(row[3]), *row[4:]) for row in rows] == [
        ("T1", "龙井 <Longjing>", "West", "88.00", "CNY", "InStock"),
        ("T2", "龙井 <Longjing>", "West", "88.00", "CNY", "InStock"),
    ]
    assert "/private/T3" not in site.asked


def test_a_listing_is_paged_through_where_there_is_no_sitemap(site, collect, warehouse):
    site.pages["/tea"] = (200, {}, b'<a href="/products/T1">a</a> <a rel="next" href="/tea?page=2">more</a>')
    site.pages["/tea?page=2"] = (200, {}, b'<a href="/products/T2">b</a>')
    site.pages["/products/T1"] = product_page(json.dumps(CARD))
    site.pages["/products/T2"] = product_page(json.dumps(CARD | {"sku": "T2"}))
    assert collect({"kind": "catalogue", "url": site.url + "/tea"}).returncode == 0
    assert count(warehouse, "raw.products") == 2


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "orders"}, "say either `url` or `path`"),
        ({"kind": "tweets", "url": "http://127.0.0.1:1/"}, "tweets"),
        ({"kind": "orders", "url": "file:///etc/passwd"}, "a local file is a `path`"),
        ({"kind": "orders", "url": "http://127.0.0.1:1/?from={from}"}, "needs `start`"),
        ({"kind": "orders", "path": "x.csv", "mapping": {"colour": "c"}}, "raw.orders has no column colour"),
        ({"kind": "orders", "path": "nowhere.csv"}, "cannot read"),
        ({"kind": "orders", "url": "http://127.0.0.1:1/${NOT_SET_ANYWHERE}"}, "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_a_wrong_sources_file_is_refused_with_what_is_wrong(collect, entry, message, tmp_path):
    if entry.get("path") == "x.csv":
        entry = entry | {"path": str(tmp_path / "x.csv")}
        (tmp_path / "x.csv").write_bytes(b"a\n")
    done = collect(entry)
    assert done.returncode in (1, 2)
    assert message.removeprefix("raw.") in done.stderr and "Traceback" not in done.stderr
