"""The tables that say how collecting goes: the frontier of crawls, what each run met, and how sources drift."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.tables import METADATA, TIME


def _table(name: str, comment: str, *columns: sa.Column) -> sa.Table:
    source = sa.Column("source", sa.Text, primary_key=True)
    return sa.Table(name, METADATA, source, *columns, schema="crawl", comment=comment)


ROUNDS = _table(
    "rounds",
    "One row per round of a crawl over a site; a round that was killed goes on in the next run.",
    sa.Column("round", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("started_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("finished_at", TIME),
)
PAGES = _table(
    "pages",
    "The frontier: one row per address; it is done in the transaction that stores what stood there.",
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("due_round", sa.BigInteger, nullable=False, comment="the round that last found it"),
    sa.Column("done_round", sa.BigInteger, comment="the round that last finished it"),
    sa.Column("outcome", sa.Text, comment="see warehouse.frontier.Visit; unasked: lastmod was as before"),
    sa.Column("status", sa.Integer, comment="of HTTP"),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("listed_lastmod", sa.Text, comment="as the sitemap states it now"),
    sa.Column("fetched_lastmod", sa.Text, comment="as the sitemap stated it when the page was last fetched"),
    sa.Column("content_hash", sa.LargeBinary, comment="of the body last parsed"),
    sa.Column("links", JSONB, comment="the addresses that it led to, with their lastmod"),
    sa.Column("product_ids", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("page_ids", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("fetched_at", TIME),
    sa.Index("pages_to_do", "source", "due_round", "done_round"),
)
RUNS = _table(
    "runs",
    "One row per run over a source: what it asked for, what it got, and how whole that was.",
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("business", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False, comment="finished or failed"),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("responses", JSONB, nullable=False, comment="responses by HTTP status"),
    sa.Column("errors", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("loaded", sa.BigInteger, nullable=False),
    sa.Column("duplicate", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False),
    sa.Column("coverage", JSONB, nullable=False, comment="share of the received records that have a field, by field"),
    sa.Column("started_at", TIME, nullable=False),
    sa.Column("finished_at", TIME, nullable=False),
)
SHAPES = _table(
    "shapes",
    "What each source's records look like: one row per field and type ever seen.",
    sa.Column("field", sa.Text, primary_key=True, comment="with the names of the objects around it"),
    sa.Column("type", sa.Text, primary_key=True, comment="JSON's: string, number, boolean, object, array, null"),
    sa.Column("first_seen_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("last_seen_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("first_seen_run", sa.Text, nullable=False),
    sa.Column("last_seen_run", sa.Text, nullable=False),
    sa.Column("records", sa.BigInteger, nullable=False, comment="received records that had it"),
)
DRIFT = _table(
    "drift",
    "How a source's shape changed: one row per run, field and change, written with the records.",
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("change", sa.Text, primary_key=True, comment="new, missing, renamed or retyped"),
    sa.Column("detail", sa.Text, nullable=False, comment="types and names, never a value"),
    sa.Column("records", sa.BigInteger, nullable=False, comment="received records that show it"),
    sa.Column("seen_at", TIME, nullable=False, server_default=sa.func.now()),
)
