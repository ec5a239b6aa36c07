"""Each customer's suitable products, the most probable first, each with its reason."""

import json
from collections.abc import Iterator

import numpy as np
import psycopg

from ml.next_product.facts import Facts
from ml.next_product.foretelling import Foretold
from ml.next_product.panel import MONEY

SUITABLE = """
    select customer_id, product_id
    from marts.product_suitability
    inner join marts.products using (business, product_id)
    where business = %s and is_suitable and coalesce(is_recommendable, true) and coalesce(is_available, true)
    order by product_id collate "C", customer_id collate "C"
"""
SINCE = "months since "


def rows(connection: psycopg.Connection, business: str, facts: Facts, found: Foretold, model: str) -> Iterator[tuple]:
    """Yield rows of ml.next_products behind `business`: only what marts.product_suitability allows.

    Of a product whose openings carry no date nobody knows a probability: it is in no list. Who may not be personalised
    for, or was never seen to open anything, gets the base rates.
    """
    asked = np.full(len(facts.customer_ids), -1)
    asked[found.panel.customer] = np.arange(len(found.panel.customer))
    row_of = dict(zip(facts.customer_ids, asked.tolist(), strict=True))
    position = {name: at for at, name in enumerate(facts.product_ids)}
    dated = set(facts.holdings["product"].tolist())
    by_product: dict[int, list[str]] = {}
    for customer, product in connection.execute(SUITABLE, [business]):
        if position.get(product) in dated:
            by_product.setdefault(position[product], []).append(customer)
    offers = [
        (customer, -probability, facts.product_ids[product], tier, *reason)
        for product, customers in by_product.items()
        for customer, probability, tier, reason in _offers(found, model, product, customers, row_of)
    ]
    before, rank = None, 0
    for customer, negative, product, tier, code, evidence in sorted(offers, key=lambda offer: offer[:3]):
        rank = rank + 1 if customer == before else 1
        before = customer
        yield customer, rank, product, -negative, tier, code, json.dumps(evidence)


def _offers(found: Foretold, model: str, product: int, customers: list[str], row_of: dict) -> Iterator[tuple]:
    """Yield (customer, probability, tier, (reason code, evidence)) of one product."""
    row = np.array([row_of.get(customer, -1) for customer in customers])
    base = float(found.rate[product])
    usual = ("popular", {"rate": round(base, 4)})
    probability = np.where(row >= 0, found.probability[model][row, product], base)
    reasons = iter(_reasons(found, model, product, row[row >= 0], usual))
    for customer, at, value in zip(customers, row, probability.tolist(), strict=True):
        yield customer, value, *(("foretold", next(reasons)) if at >= 0 else ("popular", usual))


def _reasons(found: Foretold, model: str, product: int, row: np.ndarray, usual: tuple) -> list[tuple[str, dict]]:
    """Return the feature that speaks most for the product in each row, as (code, evidence).

    Where the product is less probable than usual nothing speaks for it, whatever speaks least against it.
    """
    family = found.learned.get(product, {}).get(model.removesuffix("_drift"))
    if family is None or not len(row):
        return [usual] * len(row)
    features = found.panel.features[row]
    parts = family.contributions(features)
    speaks = (found.probability[model][row, product] > found.rate[product]) & (parts.max(axis=1) > 0)
    return [
        _reason(found.panel.names[name], features[at, name]) if speaks[at] else usual
        for at, name in enumerate(parts.argmax(axis=1))
    ]


def _reason(name: str, value: float) -> tuple[str, dict]:
    """Name the fact; what is personal (age, money) is named without its value."""
    if name.startswith(SINCE):
        kind = {"kind": name.removeprefix(SINCE)}
        return ("not_yet_held", kind) if np.isnan(value) else ("opened_before", kind | {"months": int(value)})
    if name == "months a customer":
        return "customer_for", {"months": int(value)}
    return ("own_money" if name in MONEY else "customers_like_you"), {"attribute": name}
