"""The last screen of a demo, at most 30 lines: what came in, what was published, how good, for whom, how long."""

import unicodedata

import psycopg

from stack.chain import Stage
from stack.lifecycle import Stack

MOST_LINES = 30
RECEIVED = """
    select source, sum(received), sum(loaded), sum(duplicate), sum(quarantined), (
        select reason from quarantine.records r
        where r.business = b.business and r.source = b.source
        group by reason order by count(*) desc, reason limit 1
    )
    from raw.batches b where run_id = %s group by business, source order by source
"""
RELEASE = "select release_id, published_at, rows from serving.releases where is_current"
MEASURES = """
    select m.model, m.metric || '@' || m.k as measure, m.value, m.customers_judged
    from ml.measures m join ml.runs r using (business, run_id)
    where r.is_current and m.k = 10 and business = %s
        and m.metric in ('recall', 'ndcg', 'map', 'new_ndcg')
        and m.model in ('lightfm', 'own_frequency', 'popular', r.params ->> 'published_model')
    order by m.metric like 'new%%', m.metric desc, m.model
"""
CUSTOMER = """
    select business, customer_id, tier from serving.recommendations
    group by 1, 2, 3 order by (tier = 'hybrid') desc, count(distinct reason_code) desc, customer_id limit 1
"""
TOP = """
    select r.rank, p.name, r.reason_code, r.evidence
    from serving.recommendations r join serving.products p using (business, product_id)
    where business = %s and customer_id = %s order by r.rank limit 5
"""
REASONS = {
    "bought_before": "bought before ({orders}×)",
    "similar_to": "goes with {name}",
    "shared_terms": "shares {terms} with {name}",
    "customers_like_you": "liked by customers of the same {attribute}",
    "popular": "number {rank} of the shop",
    "trending": "number {rank} of what sells now",
    "rule": "put there by the rule {rule}",
}


def lines(stack: Stack, stages: list[Stage], seconds: float, peak_bytes: int, stays: bool) -> list[str]:
    """Return the screen of one finished chain."""
    address = {name[2:].lower(): value for name, value in stack.postgres.items()}
    with psycopg.connect(**address | {"dbname": address.pop("database")}) as connection:
        connection.read_only = True
        found = [*_received(connection, stages[0].run_id), "", *_published(connection)]
    url = stack.airflow.url if stays else f"{stack.airflow.url} after `python -m stack up`"
    took = " · ".join(f"{stage.dag_id} {stage.seconds:.0f} s" for stage in stages)
    found += [
        "",
        f"{took} · whole {seconds:.0f} s · peak memory {peak_bytes / 2**30:.1f} GB",
        'Look further: python -m warehouse psql -c "select * from serving.recommendations limit 5"',
        f"Airflow: {url}",
    ]
    return found if len(found) <= MOST_LINES else [*found[: MOST_LINES - 5], "…", *found[-4:]]


def _received(connection: psycopg.Connection, run_id: str) -> list[str]:
    found = connection.execute(RECEIVED, [run_id]).fetchall()
    head = f"{'source':<22}{'received':>10}{'loaded':>10}{'duplicate':>10}{'quarantined':>12}"
    rows = [
        f"{source:<22}{received:>10,}{loaded:>10,}{duplicate:>10,}{quarantined:>12,}"
        + (f"  {reason}" if quarantined else "")
        for source, received, loaded, duplicate, quarantined, reason in found
    ]
    return [head, *(rows or ["nothing new since the last run"])]


def _published(connection: psycopg.Connection) -> list[str]:
    there = connection.execute("select to_regclass('serving.recommendations') is not null").fetchone()[0]
    customer = connection.execute(CUSTOMER).fetchone() if there else None
    if not customer:
        return ["no recommendations were published"]
    business, customer_id, _ = customer
    release, published_at, rows = connection.execute(RELEASE).fetchone()
    top = connection.execute(TOP, [business, customer_id]).fetchall()
    return [
        f"release {release} of {published_at:%Y-%m-%d %H:%M} UTC: "
        + ", ".join(
            f"{count:,} {name.replace('_', ' ')}" for name, count in rows.items() if count and name != "measures"
        ),
        "",
        *_measures(connection, business),
        "",
        f"for customer {customer_id}:",
        *(f"  {rank}. {fitted(name, 44)} {reason(code, evidence)}" for rank, name, code, evidence in top),
    ]


def _measures(connection: psycopg.Connection, business: str) -> list[str]:
    models: dict[str, dict[str, float]] = {}
    judged = 0
    for model, measure, value, judged_by in connection.execute(MEASURES, [business]):
        models.setdefault(model, {})[measure] = value
        judged = max(judged, judged_by)
    measures = dict.fromkeys(measure for values in models.values() for measure in values)
    head = f"{'model':<22}" + "".join(f"{measure:>12}" for measure in measures) + f"   {judged:,} customers judged"
    rows = [
        f"{model:<22}" + "".join(f"{values.get(measure, float('nan')):>12.4f}" for measure in measures)
        for model, values in models.items()
    ]
    return [head, *rows]


def reason(code: str, evidence: dict) -> str:
    """Say a reason in words; an unknown one by its code."""
    words = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in evidence.items()}
    if "name" in words:
        words["name"] = fitted(words["name"] or "a product without a name", 36).rstrip()
    try:
        return REASONS[code].format(**words)
    except KeyError:
        return code


def fitted(text: str, cells: int) -> str:
    """Cut or fill a text to so many cells of a terminal; a Chinese character takes two."""
    kept, used = "", 0
    for character in text:
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used + width > cells:
            break
        kept, used = kept + character, used + width
    return kept + " " * (cells - used)
