"""Pages that a JSON body names, and timelines that grow at their top."""

import json

import pytest

PEOPLE = {"kind": "customers", "format": "json", "records": "data", "next": "paging.next"}


def people(*numbers, following=None):
    rows = [{"customer_id": f"c{number}", "registered_at": "2026-03-01T10:00:00Z"} for number in numbers]
    return (200, {}, json.dumps({"data": rows, "paging": {"next": following}}).encode())


def ids(warehouse, table="customers", column="customer_id"):
    return [name for (name,) in warehouse.execute(f"select {column} from raw.{table} order by 1").fetchall()]


def test_pages_follow_by_a_cursor_or_a_url_in_the_body(site, collect, warehouse):
    site.pages["/people?limit=2"] = people(1, 2, following="a b/=")
    site.pages["/people?limit=2&after=a+b%2F%3D"] = people(3, following="/people?page=3")
    site.pages["/people?page=3"] = people(4)
    done = collect(PEOPLE | {"url": site.url + "/people?limit=2", "next_parameter": "after"})
    assert done.returncode == 0, done.stderr
    assert "4 received = 4 loaded" in done.stdout
    assert ids(warehouse) == ["c1", "c2", "c3", "c4"]


def test_a_broken_record_hides_neither_its_neighbours_nor_the_next_page(site, collect, warehouse):
    status, headers, body = people(1, 2, following="two")
    site.pages["/people"] = (status, headers, body.replace(b'"c2"', b"NaN"))
    site.pages["/people?cursor=two"] = people(3)
    done = collect(PEOPLE | {"url": site.url + "/people"})
    assert done.returncode == 0, done.stderr
    assert "3 received = 2 loaded + 0 duplicate + 1 quarantined" in done.stdout


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"data": [], "paging": {"next": "/people"}}', "the pages go in a circle"),
        (b'{"data": [{"customer_id": "c1"}, {"custo', "the body is broken and does not tell what stands at"),
    ],
)
def test_pages_that_cannot_be_followed_end_with_status_1(site, collect, warehouse, body, message):
    site.pages["/people"] = (200, {}, body)
    done = collect(PEOPLE | {"url": site.url + "/people"})
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr


def test_a_body_without_records_is_quarantined(site, collect, warehouse):
    site.pages["/people"] = (200, {}, b'{"error": "try later"}')
    assert (
        "1 received = 0 loaded + 0 duplicate + 1 quarantined" in collect(PEOPLE | {"url": site.url + "/people"}).stdout
    )
    assert warehouse.execute("select reason from quarantine.records").fetchall() == [("no_records",)]


def statuses(site, *numbers, older=None, newer=None):
    """A page of a timeline, the newest first, as Mastodon's API gives it."""
    page = [
        {
            "id": str(number),
            "uri": f"https://m.example/users/li/statuses/{number}",
            "url": f"https://m.example/@li/{number}",
            "created_at": f"2026-03-01T10:{number:02d}:00.000Z",
            "account": {"acct": "li", "display_name": "Li Ming", "note": "tea"},
            "content": f"<p>post {number} &amp; <a>@<span>wang</span></a></p>",
            "language": "en",
            "tags": [{"name": "tea", "url": "https://m.example/tags/tea"}],
            "mentions": [{"acct": "wang"}],
        }
        for number in numbers
    ]
    found = {"next": older and f"?max_id={older}", "prev": newer and f"?min_id={newer}"}
    link = ", ".join(f'<{site.url}/tea{query}>; rel="{relation}"' for relation, query in found.items() if query)
    return (200, {"Link": link} if link else {}, json.dumps(page).encode())


def test_a_timeline_is_read_down_once_and_then_only_what_is_newer(site, collect, warehouse):
    entry = {"preset": "mastodon", "url": site.url + "/tea"}
    site.pages["/tea"] = statuses(site, 4, 3, older=3, newer=4)
    site.pages["/tea?max_id=3"] = statuses(site, 2, 1, newer=2)
    assert "4 received = 4 loaded" in collect(entry).stdout
    site.pages["/tea?min_id=4"] = statuses(site)
    assert "nothing new" in collect(entry).stdout
    site.pages["/tea?min_id=4"] = statuses(site, 6, 5, older=5, newer=6)
    site.pages["/tea?min_id=6"] = statuses(site, 7, older=7, newer=7)
    site.pages["/tea?min_id=7"] = statuses(site)
    assert "3 received = 3 loaded + 0 duplicate" in collect(entry).stdout
    assert site.asked.count("/tea") == 1
    rows = warehouse.execute("select content, url, language, extra -> 'tags' -> 0 ->> 'name' from raw.posts").fetchall()
    assert len(rows) == 7 and {row[2:] for row in rows} == {("en", "tea")}
    assert {row[0].split("@")[0] for row in rows} == {f"post {number} & " for number in range(1, 8)}
    clear = warehouse.execute("select string_agg(posts::text, ' ') from raw.posts").fetchone()[0]
    assert not [name for name in ("@li", "wang", "Li Ming") if name in clear]
    pseudonyms = warehouse.execute(
        "select bool_and(position(substr(encode(author_index, 'hex'), 1, 16) in url) > 0) from raw.posts"
    )
    assert pseudonyms.fetchone() == (True,)


def test_a_timeline_whose_first_reading_broke_off_leaves_no_gap(site, collect, warehouse):
    entry = {"preset": "mastodon", "url": site.url + "/tea"}
    site.pages["/tea"] = statuses(site, 4, 3, older=3, newer=4)
    assert collect(entry).returncode == 1  # the older page is not there
    site.pages["/tea?max_id=3"] = statuses(site, 2, 1)
    assert "4 received = 2 loaded + 2 duplicate" in collect(entry).stdout
