"""What each run over a source met: requests, responses, errors, counts and how whole its records were."""

from collections import Counter
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

from warehouse.drift import WHOLE
from warehouse.load import Counts

COUNTED = """
insert into crawl.runs (source, run_id, business, table_name, status, requests, responses, errors, received, loaded,
    duplicate, quarantined, coverage, started_at, finished_at)
values (%(source)s, %(run_id)s, %(business)s, %(table_name)s, %(status)s, %(requests)s, %(responses)s, %(errors)s,
    %(received)s, %(loaded)s, %(duplicate)s, %(quarantined)s, %(coverage)s, %(started_at)s, now())
on conflict (source, run_id) do update set
    status = excluded.status, requests = runs.requests + excluded.requests, responses = excluded.responses,
    errors = excluded.errors, received = runs.received + excluded.received, loaded = runs.loaded + excluded.loaded,
    duplicate = runs.duplicate + excluded.duplicate, quarantined = runs.quarantined + excluded.quarantined,
    coverage = case when excluded.received > 0 then excluded.coverage else runs.coverage end, finished_at = now()
"""


def write(
    connection: psycopg.Connection,
    *,
    counts: Counts,
    fields: Counter,
    responses: Counter,
    started_at: datetime,
    **run,
) -> None:
    """Write one row for a run; a run that is tried again adds to its row."""
    row = run | counts._asdict() | {"started_at": started_at, "responses": Jsonb(dict(responses))}
    connection.execute(COUNTED, row | {"coverage": Jsonb(coverage(fields))})


def coverage(fields: Counter) -> dict[str, float]:
    """Return by field the share of the records that had a value in it."""
    whole, shares = fields[WHOLE], Counter()
    for (field, kind), count in fields.items():
        if kind not in ("null", WHOLE[1]) and "." not in field:
            shares[field] += count
    return {field: round(count / whole, 4) for field, count in sorted(shares.items())}


def drift_of(connection: psycopg.Connection, source: str, run_id: str) -> list[tuple[str, str, str, int]]:
    """Return (field, change, detail, records) that a run showed."""
    return connection.execute(
        "select field, change, detail, records from crawl.drift where source = %s and run_id = %s order by 1, 2",
        [source, run_id],
    ).fetchall()


LAST_RUNS = """
select distinct on (source) source, run_id, status, received, loaded, duplicate, quarantined, requests, errors,
    coverage, finished_at
from crawl.runs order by source, started_at desc
"""
THIN = 0.9  # a field that fewer records have is worth a word


def last_runs(connection: psycopg.Connection) -> list[str]:
    """Return, for the last run over each source, a line of its counts and further lines of what is strange in it."""
    lines = []
    for (
        source,
        run_id,
        status,
        received,
        loaded,
        duplicate,
        quarantined,
        requests,
        errors,
        shares,
        at,
    ) in connection.execute(LAST_RUNS).fetchall():
        counts = f"{received:,} received = {loaded:,} loaded + {duplicate:,} duplicate + {quarantined:,} quarantined"
        asked = f", {requests:,} requests, {errors:,} errors" if requests else ""
        lines.append(f"{source}: {status} at {at:%Y-%m-%d %H:%M}: {counts}{asked}")
        thin = [f"{field} {share:.0%}" for field, share in shares.items() if share < THIN]
        if thin:
            lines.append(f"    fields that not all have: {', '.join(thin)}")
        for field, change, detail, records in drift_of(connection, source, run_id):
            lines.append(f"    drift: {field} is {change} ({detail}) in {records:,} records")
    return lines
