"""One business from its marts to its lists: read, measure on a cut in time, refit on everything, write."""

import hashlib
import json
import sys
from datetime import UTC, datetime

import psycopg

from ml import (
    canaries,
    candidates,
    champion,
    cold,
    descriptions,
    evaluation,
    features,
    files,
    gate,
    models,
    reading,
    reranking,
    ruled,
    rules,
    sales,
    windows,
    writing,
)
from ml.lists import Lists
from ml.models import linear, newcomers
from ml.progress import announcer

CODE_VERSION = "6"
DECIDING = (
    candidates,
    canaries,
    descriptions,
    evaluation,
    features,
    gate,
    linear,
    newcomers,
    reranking,
    sales,
    windows,
)


def recommend(
    connection: psycopg.Connection, business: str, k: int = 10, force: bool = False, accept: bool = False
) -> None:
    """Bring a business's lists up to date with its marts; do nothing when they are already (unless `force`).

    What the gate refuses is not published, and the lists before it stay, unless a human says `accept`.
    """
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
        held = rules.read(connection, snapshot, tuple(champion.KINDS))
        params, fingerprint = parameters(k) | {"rules": held.fingerprint}, snapshot.fingerprint_with_sequences()
        run_id = hashlib.sha256(json.dumps([fingerprint, params], sort_keys=True).encode()).hexdigest()[:16]
        standing, refused = writing.champion(connection, business), writing.refusal(connection, business, run_id)
        if standing and standing.run_id == run_id and not force:
            say(f"nothing changed since run {run_id}; its lists stay (--force refits)")
            return
        if refused and not force and not accept:
            say(f"nothing changed since run {run_id}, which was refused: {refused} (--accept publishes it)")
            return
        again = standing is not None and standing.run_id == run_id  # nobody is held against oneself
        choice = champion.choose(snapshot, None if again else standing, say)
        if accept:
            choice.chosen = choice.best() | choice.chosen
        facts = {
            "data_fingerprint": fingerprint,
            "params": params,
            "cut_at": writing.as_time(choice.cut.cut_at) if choice.cut else None,
            "customers": customers,
            "products": products,
            "interactions": len(snapshot.interactions),
            "started_at": started_at,
            "refused_because": None,
            "model_sha256": None,
        }
        if choice.refusals() and standing and not again:
            _refuse(connection, business, run_id, facts, choice, standing, say)
            return
        for refusal in choice.refusals():
            say(f"refused: {refusal}")
        chosen = dict.fromkeys(champion.KINDS, champion.UNMEASURED) | choice.chosen
        fitted = models.using(choice.cut.data, choice.learned) if choice.cut else {}
        ranked, anew = ruled.measured(choice.cut, fitted, held, chosen, run_id), cold.measured(choice.cut, fitted)
        say(f"  {ruled.NAME:14s}" + "  ".join(f"{metric} {each.mean():.4f}" for _, metric, each in ranked))
        say("  new customers".ljust(16) + "  ".join(f"{name} {each.mean():.4f}" for name, _, each in anew))
        del fitted
        outcome = Lists(snapshot, held, chosen | cold.chosen(anew), k, run_id)
        say(
            f"fitted on everything; warm customers get {chosen['recommendations']}, {chosen['discoveries']} what is new"
        )
        named = {"published_model": chosen["recommendations"], "discovery_model": chosen["discoveries"]}
        kept = (standing.run_id,) if standing else ()
        facts |= {"params": params | named, "model_sha256": files.save(snapshot, run_id, choice.learned, kept)}
        with connection.transaction():
            writing.run(connection, business, run_id, facts)
            _write_judgement(connection, business, run_id, choice, ranked + anew)
            count, new = (writing.replace(connection, kind, business, outcome.rows(kind)) for kind in champion.KINDS)
            barred = writing.replace(connection, "exclusions", business, outcome.exclusions())
            pairs = writing.replace(connection, "similar_products", business, outcome.similar_products())
        tiers = ", ".join(f"{len(members):,} {tier}" for tier, members in outcome.tiers.items())
        say(f"run {run_id}: {count:,} recommendations ({tiers}), {new:,} discoveries, {pairs:,} similar products")
        say(f"rules passed over {barred:,} products that would have been in lists (ml.exclusions)")


def _refuse(connection, business: str, run_id: str, facts: dict, choice, standing, say) -> None:
    """Note a run that the gate refused; the lists that stand are not touched."""
    reasons = choice.refusals()
    with connection.transaction():
        writing.run(connection, business, run_id, facts | {"refused_because": "; ".join(reasons)})
        _write_judgement(connection, business, run_id, choice)
    for reason in reasons:
        say(f"refused: {reason}")
    say(f"run {run_id} is refused, the lists of run {standing.run_id} stay; `--accept` publishes it all the same")


def _write_judgement(connection, business: str, run_id: str, choice, besides=()) -> None:
    """Write what was measured, of all families and besides, and what the gate asked."""
    found = [*choice.measures(), *besides]
    measures = [(model, metric, evaluation.K, float(each.mean()), len(each)) for model, metric, each in found]
    checks = [
        (kind, family, check.name, check.against, check.slice, check.passed, check.customers)
        + (check.difference, check.low, check.high)
        for kind, family, checks in choice.asked
        for check in checks
    ]
    writing.of_run(connection, "measures", business, run_id, measures)
    writing.of_run(connection, "gate_checks", business, run_id, checks)


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
