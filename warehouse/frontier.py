"""The frontier of a crawl, in the database: what a round still has to fetch, and what earlier rounds know of it.

A page is done in the transaction that stores what stood there, so a crawl killed anywhere goes on where it was.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import psycopg


class Known(NamedTuple):
    """An address to fetch, and what is known of it from the last time; None where it is new."""

    url: str
    etag: str | None
    last_modified: str | None
    content_hash: bytes | None


class Visit(NamedTuple):
    """What came of a page: `outcome` is changed, unchanged, missing, refused or failed; the rest is as in crawl.pages.

    `links` are (address, lastmod or None), `products` (product_id, page_id); where a page did not change the old ones
    hold.
    """

    url: str
    outcome: str
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: bytes | None = None
    links: tuple[tuple[str, str | None], ...] = ()
    products: tuple[tuple[str, str], ...] = ()


def begin(connection: psycopg.Connection, source: str, seeds: Iterable[str]) -> int:
    """Return the round to go on with: the one that was not finished, or a new one that begins at the seeds."""
    with connection.transaction():
        row = connection.execute(
            "select round from crawl.rounds where source = %s and finished_at is null", [source]
        ).fetchone()
        if row:
            return row[0]
        (number,) = connection.execute(
            "insert into crawl.rounds (source, round)"
            " select %(source)s, coalesce(max(round), 0) + 1 from crawl.rounds where source = %(source)s"
            " returning round",
            {"source": source},
        ).fetchone()
        found(connection, source, number, [(seed, None) for seed in seeds])
    return number


def found(connection, source: str, number: int, links: Iterable[tuple[str, str | None]]) -> None:
    """Add addresses that a page led to; known ones are due again in this round, once."""
    links = sorted(dict(links).items())
    connection.execute(
        "insert into crawl.pages (source, url, due_round, listed_lastmod)"
        " select %s, url, %s, lastmod from unnest(%s::text[], %s::text[]) as link (url, lastmod)"
        " on conflict (source, url) do update set due_round = excluded.due_round,"
        " listed_lastmod = coalesce(excluded.listed_lastmod, pages.listed_lastmod),"
        # Passed over by what the sitemap said before it was read anew in this round.
        " done_round = case when pages.outcome = 'unasked' and excluded.listed_lastmod <> pages.listed_lastmod"
        " then null else pages.done_round end"
        " where pages.due_round < excluded.due_round or pages.listed_lastmod is distinct from excluded.listed_lastmod",
        [source, number, [url for url, _ in links], [lastmod for _, lastmod in links]],
    )


def host_of(url: str) -> str:
    """Return the host of an address as it is written there, with its port."""
    return url.split("/", 3)[2]


def pending(
    connection, source: str, number: int, limit: int, but: Iterable[str], busy: Iterable[str] = ()
) -> list[Known]:
    """Return up to `limit` addresses that this round has not finished, in a fixed order.

    None of those under way (`but`), nor any of the `busy` hosts.

    What the sitemap says has not changed since it was last fetched is finished here, unasked, with all it led to.
    """
    while _pass_over(connection, source, number):
        pass
    rows = connection.execute(
        "select url, etag, last_modified, content_hash from crawl.pages"
        " where source = %s and due_round = %s and done_round is distinct from due_round and url <> all(%s)"
        " and split_part(url, '/', 3) <> all(%s) order by fetched_at nulls first, url limit %s",
        [source, number, list(but), list(busy), limit],
    ).fetchall()
    return [Known(*row) for row in rows]


def _pass_over(connection, source: str, number: int) -> int:
    """Finish the pages whose lastmod is as it was when they were fetched; return how many."""
    with connection.transaction():
        rows = connection.execute(
            "update crawl.pages set done_round = due_round, outcome = 'unasked'"
            " where source = %s and due_round = %s and done_round is distinct from due_round"
            " and outcome in ('changed', 'unchanged', 'unasked') and listed_lastmod = fetched_lastmod"
            " returning links, product_ids, page_ids",
            [source, number],
        ).fetchall()
        _carry_on(connection, source, number, rows)
    return len(rows)


def finish_pages(connection, source: str, number: int, visits: Iterable[Visit]) -> None:
    """Mark pages as done in the transaction that is open, and add what they led to."""
    visits = list(visits)
    rows = {True: [], False: []}
    for visit in visits:
        row = visit._asdict() | {"source": source, "links": msgspec.json.encode(visit.links).decode()}
        ids, pages = [product for product, _ in visit.products], [page for _, page in visit.products]
        rows[visit.outcome == "changed"].append(row | {"product_ids": ids, "page_ids": pages})
    with connection.cursor() as cursor:
        cursor.executemany(CHANGED, rows[True])
        cursor.executemany(NOT_CHANGED, rows[False])
    rows = connection.execute(
        "select links, product_ids, page_ids from crawl.pages"
        " where source = %s and url = any(%s) and outcome = 'unchanged'",
        [source, [visit.url for visit in visits if visit.outcome == "unchanged"]],
    ).fetchall()
    _carry_on(connection, source, number, rows)
    found(connection, source, number, [link for visit in visits for link in visit.links])


CHANGED = """
update crawl.pages set
    done_round = due_round, outcome = 'changed', status = %(status)s, etag = %(etag)s,
    last_modified = %(last_modified)s, content_hash = %(content_hash)s, links = %(links)s,
    product_ids = %(product_ids)s, page_ids = %(page_ids)s, fetched_lastmod = listed_lastmod, fetched_at = now()
where source = %(source)s and url = %(url)s
"""
NOT_CHANGED = """
update crawl.pages set
    done_round = due_round, outcome = %(outcome)s, status = %(status)s, fetched_at = now(),
    fetched_lastmod = case when %(outcome)s = 'unchanged' then listed_lastmod else fetched_lastmod end
where source = %(source)s and url = %(url)s
"""


def _carry_on(connection, source: str, number: int, rows: list[tuple]) -> None:
    """Let what unchanged pages led to be due, and what stood on them be seen again."""
    links = [tuple(link) for found_links, *_ in rows for link in found_links or ()]
    if links:
        found(connection, source, number, links)
    products = sorted({pair for _, ids, pages in rows for pair in zip(ids, pages, strict=True)})
    if products:
        ids, pages = [product for product, _ in products], [page for _, page in products]
        connection.execute(SEEN_AGAIN, {"source": source, "ids": ids, "pages": pages})


SEEN_AGAIN = """
update raw.products set last_seen_at = now()
from (
    select distinct on (business, product_id, page_id) business, product_id, page_id, first_seen_at, fingerprint
    from raw.products
    inner join unnest(%(ids)s::text[], %(pages)s::text[]) as shown (product_id, page_id) using (product_id, page_id)
    where source = %(source)s
    order by business, product_id, page_id, last_seen_at desc
) as latest
where (products.business, products.product_id, products.page_id, products.first_seen_at, products.fingerprint)
    = (latest.business, latest.product_id, latest.page_id, latest.first_seen_at, latest.fingerprint)
"""


def finish(connection: psycopg.Connection, source: str, number: int) -> None:
    """End a round: the next run begins a new one."""
    connection.execute("update crawl.rounds set finished_at = now() where source = %s and round = %s", [source, number])
