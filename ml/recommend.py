"""One business from its marts to its lists: read, measure on a cut in time, refit on everything, write."""

import hashlib
import json
import sys
from datetime import UTC, datetime

import numpy as np
import psycopg

from ml import candidates, evaluation, features, models, reading, windows, writing
from ml.lists import Lists
from ml.models import linear
from ml.progress import announcer
from ml.snapshot import Snapshot

CODE_VERSION = "3"
BASELINES = ("popular", "trending")
DECIDING = (candidates, evaluation, features, linear, windows)
RANKED_BY = {"recommendations": "ndcg", "discoveries": "new_ndcg"}
UNMEASURED = "own_frequency"


def recommend(connection: psycopg.Connection, business: str, k: int = 10, force: bool = False) -> None:
    """Bring a business's lists up to date with its marts; do nothing when they are already (unless `force`)."""
    say = announcer(business)
    with writing.alone(connection, business):
        started_at = datetime.now(UTC)
        snapshot = reading.snapshot(connection, business)
        customers, products = snapshot.shape
        say(f"read {customers:,} customers, {products:,} products, {len(snapshot.interactions):,} interactions")
        if not snapshot.is_offered.any():
            say("skipped, " + ("no product is on offer" if products else "marts.products has no row of it"))
            return
        if not snapshot.vocabulary:
            say("no terms; `python -m ml terms` before this lets texts count")
        params, fingerprint = parameters(k), snapshot.fingerprint()
        run_id = hashlib.sha256(json.dumps([fingerprint, params], sort_keys=True).encode()).hexdigest()[:16]
        if not force and writing.is_current(connection, business, run_id):
            say(f"nothing changed since run {run_id}; its lists stay (--force refits)")
            return
        cut, values = measured(snapshot, say)
        chosen = {kind: best(values, metric) for kind, metric in RANKED_BY.items()}
        outcome = Lists(snapshot, chosen, k, run_id)
        facts = {
            "data_fingerprint": fingerprint,
            "params": params | {"published_model": chosen["recommendations"], "discovery_model": chosen["discoveries"]},
            "cut_at": writing.as_time(cut.cut_at) if cut else None,
            "customers": customers,
            "products": products,
            "interactions": len(snapshot.interactions),
            "started_at": started_at,
        }
        say(
            f"fitted on everything; warm customers get {chosen['recommendations']}, {chosen['discoveries']} what is new"
        )
        with connection.transaction():
            writing.run(connection, business, run_id, facts)
            writing.measures(connection, business, run_id, rows(values))
            count, new = (writing.replace(connection, kind, business, outcome.rows(kind)) for kind in RANKED_BY)
            pairs = writing.replace(connection, "similar_products", business, outcome.similar_products())
        tiers = ", ".join(f"{len(members):,} {tier}" for tier, members in outcome.tiers.items())
        say(f"run {run_id}: {count:,} recommendations ({tiers}), {new:,} discoveries, {pairs:,} similar products")


def parameters(k: int) -> dict:
    """Return everything beside the data that decides what comes out: the constants of all that learns."""
    learning = {family.__module__ for family in models.FAMILIES} | {each.__name__ for each in DECIDING}
    return {
        "k": k,
        "code": CODE_VERSION,
        "models": [family.name for family in models.FAMILIES],
        "constants": {name: _constants(sys.modules[name]) for name in sorted(learning)},
    }


def _constants(module) -> dict:
    found = vars(module).items()
    return {name: value for name, value in found if name.isupper() and isinstance(value, int | float | tuple | dict)}


def measured(snapshot: Snapshot, say) -> tuple[evaluation.Split | None, dict[str, dict[str, np.ndarray]]]:
    """Return the split and each family's measures of each judged customer; (None, {}) where nobody can be judged."""
    cut = evaluation.split(snapshot)
    if cut is None:
        say("nothing to measure: nobody did anything both before and after a cut in time")
        return None, {}
    when = f"from {writing.as_time(cut.cut_at):%Y-%m-%d %H:%M} on" if cut.cut_at else "by the last of each one's own"
    say(f"measuring on {len(cut.judged):,} customers {when}")
    values = {}
    for name, model in models.fitting(cut.data):
        found = evaluation.measure(model, cut)
        found |= {f"new_{metric}": each for metric, each in evaluation.measure_new(model, cut).items()}
        values[name] = {metric: each for metric, each in found.items() if len(each)}
        say(f"  {name:14s}" + "  ".join(f"{metric} {each.mean():.4f}" for metric, each in values[name].items()))
    return cut, values


def best(values: dict[str, dict[str, np.ndarray]], metric: str) -> str:
    """Return the challenger with the highest mean; a baseline that is the same for everybody is none."""
    found = {name: each[metric].mean() for name, each in values.items() if metric in each and name not in BASELINES}
    return max(found, key=found.get) if found else UNMEASURED


def rows(values: dict[str, dict[str, np.ndarray]]) -> list[tuple]:
    """Return (model, metric, k, mean, customers judged) of all measures."""
    return [
        (model, metric, evaluation.K, float(each.mean()), len(each))
        for model, found in values.items()
        for metric, each in found.items()
    ]
