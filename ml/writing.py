"""What a run found, into schema ml: one transaction per business, so that nobody sees half of it."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql

LISTED = ("business", "customer_id", "rank", "product_id", "score", "tier", "reason_code", "evidence", "run_id")
COLUMNS = {
    "product_terms": ("business", "product_id", "term", "weight"),
    "post_terms": ("business", "post_id", "term", "tag", "tf_idf", "text_rank", "weight"),
    "post_duplicates": ("business", "post_id", "first_post_id", "similarity"),
    "dictionaries": ("business", "version", "term_count"),
    "sequences": ("business", "history_rows", "customer_id", "product_ids", "scores", "data_fingerprint"),
    "recommendations": LISTED,
    "discoveries": LISTED,
    "exclusions": ("business", "list", "customer_id", "product_id", "rule_id", "rank", "run_id"),
    "similar_products": ("business", "product_id", "rank", "similar_product_id", "score", "run_id"),
    "value_models": ("business", "parameters", "customers", "held_out_error", "naive_error"),
    "lifetime_values": (
        "business",
        "customer_id",
        "alive_probability",
        "expected_purchases",
        "churn_risk",
        "expected_purchase_value",
        "lifetime_value",
    ),
    "next_products": (
        "business",
        "customer_id",
        "rank",
        "product_id",
        "probability",
        "tier",
        "reason_code",
        "evidence",
    ),
    "next_product_measures": (
        "business",
        "product_id",
        "model",
        "metric",
        "value",
        "behind",
        "behind_low",
        "behind_high",
        "customers",
        "openings",
        "cut_on",
        "horizon_days",
    ),
    "next_product_calibrations": ("business", "product_id", "model", "bin", "foretold", "opened", "customers"),
    "channel_credits": ("business", "model", "channel", "currency", "removal_effect", "conversions", "revenue"),
    "campaign_verdicts": (
        *("business", "campaign_id", "channel", "verdict", "reason", "treated", "control", "waiting"),
        *("planned_hold_out_share", "hold_out_share", "split_p_value"),
    ),
    "campaign_balance": (
        *("business", "campaign_id", "covariate", "treated_mean", "control_mean", "standardised_difference"),
        "p_value",
    ),
    "campaign_funnel": ("business", "campaign_id", "arm", "step", "number", "channel", "customers", "times"),
    "campaign_lift": (
        *("business", "campaign_id", "arm", "segment", "outcome", "treated", "control", "treated_mean"),
        *("control_mean", "difference", "low", "high", "relative_difference", "p_value", "p_value_holm", "q_value"),
        *("adjusted_difference", "adjusted_low", "adjusted_high", "correlation_with_before", "always_valid_low"),
        *("always_valid_high", "detectable_difference", "customers_needed", "incremental", "incremental_low"),
        *("incremental_high", "channel", "is_causal"),
    ),
    "uplift_models": (
        *("business", "learner", "customers", "qini", "qini_low", "qini_high", "area", "area_low", "area_high"),
        *("response_qini", "response_area", "advantage", "advantage_low", "advantage_high", "is_used"),
    ),
    "uplift_scores": ("business", "customer_id", "uplift", "response"),
    "channel_increments": (
        *("business", "channel", "outcome", "model", "credited", "incremental", "incremental_low"),
        "incremental_high",
    ),
    "measures": ("business", "run_id", "model", "metric", "k", "value", "customers_judged"),
    "evaluations": (
        "business",
        "run_id",
        "window_number",
        "cut_at",
        "list",
        "model",
        "slice",
        "customers",
        "recall",
        "ndcg",
        "map",
        "hit_rate",
        "coverage",
        "novelty",
        "popularity_bias",
        "difference",
        "low",
        "high",
    ),
    "gate_checks": (
        "business",
        "run_id",
        "list",
        "model",
        "check_name",
        "against",
        "slice",
        "passed",
        "customers",
        "difference",
        "low",
        "high",
    ),
}
MEASURES = """
    select business, model, metric, k, value, customers_judged, runs.params ->> 'published_model'
    from ml.runs
    inner join ml.measures using (business, run_id)
    where runs.is_current
    order by business, metric like 'new%', metric desc, k, model
"""

REFUSED = """
    select business, refused.run_id, refused.refused_because
    from ml.runs as refused
    inner join ml.runs as standing using (business)
    where standing.is_current and refused.refused_because is not null and refused.started_at > standing.started_at
    order by business, refused.started_at
"""


@dataclass(frozen=True)
class Champion:
    """The run whose lists stand: the family of each kind of list, the sum of its model's manifest, and its cut."""

    run_id: str
    chosen: dict[str, str]
    sha256: str | None
    cut_at: int | None


@contextmanager
def alone(connection: psycopg.Connection, business: str) -> Iterator[None]:
    """Hold this business's lock; a second run waits, and a killed one lets go with its connection."""
    key = ["huaxiang ml", business]
    connection.execute("select pg_advisory_lock(hashtext(%s), hashtext(%s))", key)
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock(hashtext(%s), hashtext(%s))", key)


def champion(connection: psycopg.Connection, business: str) -> Champion | None:
    """Return the run whose lists stand, None before the first."""
    query = """
        select run_id, params ->> 'published_model', params ->> 'discovery_model', model_sha256, cut_at
        from ml.runs where business = %s and is_current
    """
    found = connection.execute(query, [business]).fetchone()
    if found is None:
        return None
    run_id, recommending, discovering, sha256, cut_at = found
    return Champion(run_id, {"recommendations": recommending, "discoveries": discovering}, sha256, as_moment(cut_at))


def refusal(connection: psycopg.Connection, business: str, run_id: str) -> str | None:
    """Return why this very run was refused before; None where it was not."""
    query = "select refused_because from ml.runs where business = %s and run_id = %s"
    found = connection.execute(query, [business, run_id]).fetchone()
    return found and found[0]


def replace(connection: psycopg.Connection, table: str, business: str, rows: Iterable[tuple]) -> int:
    """Replace a business's rows of a table of COLUMNS by COPY; return how many there are now."""
    name, columns = sql.Identifier("ml", table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
    connection.execute(sql.SQL("delete from {} where business = %s").format(name), [business])
    count = 0
    with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(name, columns)) as copy:
        for row in rows:
            copy.write_row([business, *row])
            count += 1
    return count


def run(connection: psycopg.Connection, business: str, run_id: str, facts: dict) -> None:
    """Note a run; one that was not refused becomes the business's current one."""
    is_current = facts["refused_because"] is None
    if is_current:
        connection.execute("update ml.runs set is_current = false where business = %s", [business])
    connection.execute("delete from ml.runs where business = %s and run_id = %s", [business, run_id])
    connection.execute(
        """
        insert into ml.runs (
            business, run_id, data_fingerprint, params, cut_at, customers, products, interactions,
            is_current, refused_because, model_sha256, started_at, finished_at
        ) values (
            %(business)s, %(run_id)s, %(data_fingerprint)s, %(params)s, %(cut_at)s, %(customers)s, %(products)s,
            %(interactions)s, %(is_current)s, %(refused_because)s, %(model_sha256)s, %(started_at)s, clock_timestamp()
        )
        """,
        facts
        | {"business": business, "run_id": run_id, "params": json.dumps(facts["params"]), "is_current": is_current},
    )


def of_run(connection: psycopg.Connection, table: str, business: str, run_id: str, rows: Iterable[tuple]) -> None:
    """Write a run's rows of a table beside those of earlier runs; its own earlier ones go."""
    name, columns = sql.Identifier("ml", table), sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table]))
    connection.execute(sql.SQL("delete from {} where business = %s and run_id = %s").format(name), [business, run_id])
    with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(name, columns)) as copy:
        for row in rows:
            copy.write_row([business, run_id, *row])


def as_time(moment: int | None) -> datetime | None:
    """Return a snapshot's moment (microseconds since 2000-01-01 UTC) as a datetime."""
    return None if moment is None else datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)


def as_moment(time: datetime | None) -> int | None:
    """Return a datetime as a snapshot's moment."""
    return None if time is None else (time - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
