"""A rule is mended, and what it kept out comes in, once."""

ORDERS = {
    "kind": "orders",
    "format": "csv",
    "mapping": {
        "order_id": "no",
        "line_id": "line",
        "product_id": "sku",
        "quantity": "pieces",
        "unit_price": "price",
        "ordered_at": "at",
        "status": {"field": "state", "map": {"paid": "completed"}},
    },
}
MENDED = ORDERS | {
    "mapping": ORDERS["mapping"] | {"status": {"field": "state", "map": {"paid": "completed", "void": "cancelled"}}}
}
HEADER = b"no,line,sku,pieces,price,at,state\n"
LINES = [
    b"o1,1,p1,1,9.90,2026-03-01T10:00:00Z,paid",
    b'o2,1,"p\n2",1,9.90,2026-03-01T10:00:00Z,void',
    b"o3,1,p3,1,abc,2026-03-01T10:00:00Z,paid",
    b"o4,1,p4,1,9.90,2026-03-01T10:00:00Z,void",
]
POSTS = (
    b'<rss version="2.0" xmlns:s="urn:s"><channel><title>t</title>%s</channel></rss>',
    b"<item><guid>p%d</guid><description>Tea %d</description><s:lang>%s</s:lang>"
    b"<pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate></item>",
)


def test_what_a_mended_mapping_understands_is_loaded_once_and_the_rest_stays(collect, replay, warehouse, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(HEADER + b"\n".join(LINES) + b"\n")
    assert "1 loaded + 0 duplicate + 3 quarantined" in collect(ORDERS | {"path": str(path)}).stdout
    done = replay(MENDED | {"path": str(path)})
    assert done.stdout == "toy_source: 3 received = 2 loaded + 0 duplicate + 1 quarantined\n", done.stderr
    rows = warehouse.execute("select order_id, product_id, status from raw.orders order by 1").fetchall()
    assert rows == [("o1", "p1", "completed"), ("o2", "p\n2", "cancelled"), ("o4", "p4", "cancelled")]
    waiting = "select reason, count(*) from quarantine.records where replayed_at is null group by 1"
    assert warehouse.execute(waiting).fetchall() == [("wrong_type", 1)]

    again = replay(MENDED | {"path": str(path)})
    assert again.stdout == "toy_source: 1 received = 0 loaded + 0 duplicate + 1 quarantined\n"
    assert warehouse.execute("select count(*) from raw.orders").fetchone() == (3,)
    ledger = "select sum(received), sum(loaded) from raw.batches where not is_replay"
    assert warehouse.execute(ledger).fetchone() == (4, 1)
    assert warehouse.execute(
        "select bool_and(received = loaded + duplicate + quarantined) from raw.batches"
    ).fetchone()[0]


def test_only_one_reason_is_read_again_where_one_is_named(collect, replay, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(HEADER + b"\n".join(LINES) + b"\n")
    collect(ORDERS | {"path": str(path)})
    assert "2 received = 2 loaded" in replay(MENDED | {"path": str(path)}, "--reason", "unknown_value").stdout
    assert replay(MENDED | {"path": str(path)}, "--reason", "unknown_value").stdout == (
        "nothing in quarantine waits to be read again\n"
    )


def test_a_post_of_a_feed_is_read_again_with_the_names_of_its_feed(site, collect, replay, warehouse):
    frame, item = POSTS
    site.pages["/posts.rss"] = (200, {}, frame % b"".join(item % (n, n, lang) for n, lang in [(1, b"zh"), (2, b"xx")]))
    entry = {"kind": "posts", "url": site.url + "/posts.rss"}
    mapping = {"post_id": "id", "content": "summary", "posted_at": {"field": "published", "format": "rfc822"}}
    words = {"zh": "Chinese"}
    entry["mapping"] = mapping | {"language": {"field": "s_lang", "map": words}}
    assert "1 loaded + 0 duplicate + 1 quarantined" in collect(entry).stdout
    entry["mapping"] = mapping | {"language": {"field": "s_lang", "map": words | {"xx": "Other"}}}
    assert "1 received = 1 loaded" in replay(entry).stdout
    assert warehouse.execute("select language from raw.posts order by post_id").fetchall() == [("Chinese",), ("Other",)]
