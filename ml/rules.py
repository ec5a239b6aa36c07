"""The rules of lists, as the seed `recommendation_rules` says them, and the facts of the marts that they speak of.

Rules that exclude (`ml/eligibility.py`): price_at_least and price_at_most (a price), price_times_usual (times the
dearest product that the customer bought), owned, repurchase_interval (share of the time after which a quarter of the
buyers comes back), min_age, max_age, countries (with | between them), cooling_off (days since it was given back),
suitability (what marts.product_suitability does not call suitable).
Rules that arrange (`ml/reranking.py`): pin (its place), promoted_share (least share of the list), per_category (most
products of one category), exploration_share (share of the list for products that nobody bought or looked at yet).
"""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import psycopg
import scipy.sparse as sp

from ml.reading import NotReadyError
from ml.snapshot import Snapshot

RULES = """
    select rule_id, list, kind, of_what, of_value, value
    from seeds.recommendation_rules
    where business in (%s, '*')
    order by rule_id collate "C", list collate "C"
"""
PRODUCTS = "select product_id, price::float8, kind from marts.products where business = %s"
INTERVALS = "select product_id, lower_quartile_days::float8 from marts.repurchase_intervals where business = %s"
SUITABLE = "select customer_id, product_id, is_suitable from marts.product_suitability where business = %s"
NUMBER, WORDS, NOTHING = "a number", "words", "nothing"
TAKES = {
    "price_at_least": NUMBER,
    "price_at_most": NUMBER,
    "price_times_usual": NUMBER,
    "owned": NOTHING,
    "repurchase_interval": NUMBER,
    "min_age": NUMBER,
    "max_age": NUMBER,
    "countries": WORDS,
    "cooling_off": NUMBER,
    "suitability": NOTHING,
    "pin": NUMBER,
    "promoted_share": NUMBER,
    "per_category": NUMBER,
    "exploration_share": NUMBER,
}


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule of one business.

    Attributes:
        lists: the kinds of list that it holds for.
        products: True for those that it speaks of.
        value: a number, or a set of words, or None, by its kind (TAKES).
    """

    rule_id: str
    kind: str
    lists: frozenset[str]
    products: np.ndarray
    value: float | frozenset[str] | None


@dataclass(frozen=True)
class Rules:
    """The rules of a business in order of their ids, and facts by position in the snapshot.

    Attributes:
        prices, return_days: of each product; nan where not known.
        suitable: customers × products, True where judged suitable; None where the business judges nothing.
        fingerprint: SHA-256 of the rules and the facts that they need.
    """

    rules: list[Rule]
    prices: np.ndarray
    return_days: np.ndarray
    suitable: sp.csr_array | None
    fingerprint: str

    def of(self, kind_of_list: str, *kinds: str) -> list[Rule]:
        """Return the rules of some kinds that hold for a kind of list."""
        return [rule for rule in self.rules if kind_of_list in rule.lists and rule.kind in kinds]


def read(connection: psycopg.Connection, snapshot: Snapshot, lists: tuple[str, ...]) -> Rules:
    """Read a business's rules; `lists` are the kinds of list that * stands for.

    Raises:
        NotReadyError: a rule cannot be read.
    """
    business = [snapshot.business]
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        rules, products, intervals, suitable = (
            connection.execute(query, business).fetchall() for query in (RULES, PRODUCTS, INTERVALS, SUITABLE)
        )
    at = {product: position for position, product in enumerate(snapshot.product_ids)}
    prices, return_days = np.full((2, len(at)), np.nan)
    kinds: list[str | None] = [None] * len(at)
    for product, price, kind in products:
        if product in at:
            prices[at[product]], kinds[at[product]] = np.nan if price is None else price, kind
    for product, days in intervals:
        if product in at:
            return_days[at[product]] = days
    labels = {
        "product_id": snapshot.product_ids,
        "category": snapshot.categories,
        "brand": snapshot.brands,
        "kind": kinds,
    }
    found = [_rule(row, labels, lists) for row in rules]
    facts = {"price": prices.tolist(), "repurchase": return_days.tolist(), "suitability": sorted(suitable)}
    needed = [fact for start, fact in facts.items() if any(rule.kind.startswith(start) for rule in found)]
    fingerprint = hashlib.sha256(json.dumps([rules, kinds, needed]).encode()).hexdigest()
    return Rules(found, prices, return_days, _suitable(snapshot, at, suitable), fingerprint)


def _rule(row: tuple, labels: dict[str, list], lists: tuple[str, ...]) -> Rule:
    rule_id, kind_of_list, kind, of_what, of_value, value = row
    if kind not in TAKES or kind_of_list not in (*lists, "*") or (of_what or "product_id") not in labels:
        raise NotReadyError(f"rule {rule_id!r} of seeds.recommendation_rules has an unknown kind, list or of_what")
    try:
        taken = {NUMBER: float, WORDS: lambda words: frozenset(words.split("|")), NOTHING: lambda _: None}[TAKES[kind]](
            value
        )
    except (TypeError, ValueError, AttributeError):
        raise NotReadyError(
            f"rule {rule_id!r} of seeds.recommendation_rules: {kind} takes {TAKES[kind]}, not {value!r}"
        ) from None
    holds_for = frozenset(lists if kind_of_list == "*" else [kind_of_list])
    return Rule(rule_id, kind, holds_for, _scope(labels, of_what, of_value), taken)


def _scope(labels: dict[str, list], of_what: str | None, of_value: str | None) -> np.ndarray:
    """Say for each product whether it is meant; a category means those below it too."""
    if not of_what:
        return np.ones(len(labels["product_id"]), dtype=bool)
    below = f"{of_value} >" if of_what == "category" else None
    return np.array(
        [label == of_value or bool(below and label and label.startswith(below)) for label in labels[of_what]],
        dtype=bool,
    )


def _suitable(snapshot: Snapshot, at: dict[str, int], rows: list[tuple]) -> sp.csr_array | None:
    """Where a business judges at all, what it judged for nobody is suitable for nobody."""
    if not rows:
        return None
    customer_at = {customer: position for position, customer in enumerate(snapshot.customer_ids)}
    pairs = [(customer_at[c], at[p]) for c, p, is_suitable in rows if is_suitable and c in customer_at and p in at]
    places = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return sp.csr_array((np.ones(len(places), bool), (places[:, 0], places[:, 1])), shape=snapshot.shape)
