"""Small worlds whose answer can be said aloud, as snapshots and as tables of the marts."""

import numpy as np

from ml.snapshot import ATTRIBUTES, DAY, INTERACTION, Snapshot, in_canonical_order, matrix_of_terms
from ml.text.terms import product_terms

MARTS = """
    create schema if not exists marts;
    create table marts.customers (
        business text, customer_id text, is_registered bool, registered_at timestamptz, gender text, birth_year int,
        country text, city text, language text, may_personalise bool, may_email bool, first_order_at timestamptz,
        last_order_at timestamptz, order_count bigint, units numeric, revenue numeric, currency text,
        event_count bigint, last_seen_at timestamptz
    );
    create table marts.products (
        business text, product_id text, name text, description text, brand text, category text, price numeric,
        currency text, is_available bool, is_recommendable bool, url text, first_seen_at timestamptz,
        first_sold_at timestamptz, last_sold_at timestamptz, order_line_count bigint, kind text
    );
    create table marts.interactions (
        business text, interaction_id text, customer_id text, product_id text, event text, occurred_at timestamptz,
        quantity numeric, weight numeric
    );
    create table marts.orders (
        business text, order_id text, customer_id text, ordered_at timestamptz, line_count bigint, revenue numeric
    );
    create table marts.order_lines (
        business text, order_id text, line_id text, customer_id text, product_id text, product_name text,
        quantity numeric, unit_price numeric, currency text, ordered_at timestamptz
    );
    create table marts.consents (
        business text, customer_id text, purpose text, is_granted bool, valid_from timestamptz, valid_to timestamptz
    );
    create view marts.training_interactions as
        select interactions.* from marts.interactions join marts.customers using (business, customer_id)
        where may_personalise;
    create table marts.posts (business text, post_id text, content text, posted_at timestamptz);
    create table marts.product_holdings (
        business text, customer_id text, kind text, holding_id text, account_id text, product_id text, role text,
        duration_months bigint, opened_at timestamptz, closed_at timestamptz
    );
    create table marts.cash_flows (
        business text, account_id text, month_on date, direction text, purpose text, amount numeric
    );
    create schema if not exists seeds;
    create table seeds.domain_terms (business text, term text, kind text, title_count bigint);
    create table seeds.recommendation_rules (
        business text, rule_id text, list text, kind text, of_what text, of_value text, value text
    );
    create table marts.repurchase_intervals (business text, product_id text, lower_quartile_days float8);
    create table marts.product_suitability (
        business text, customer_id text, product_id text, kind text, is_suitable bool, reason text
    );
    create table seeds.suitability_rules (business text, product_id text, max_held int);
"""
CITIES = ("Hangzhou", "Leeds")
WORDS = ("green tea leaves", "steel garden spade")


def checkerboard(customers=40, products=40, per_customer=12, seed=1):
    """Even customers buy even products, odd customers odd ones, each once: (customer, product, day) triples."""
    random = np.random.default_rng(seed)
    bought = []
    for customer in range(customers):
        own = np.arange(customer % 2, products, 2)
        chosen = random.permutation(own)[:per_customer]
        bought += [(customer, int(product), day) for day, product in enumerate(chosen)]
    return bought


def snapshot(bought, customers=40, products=40, **changes) -> Snapshot:
    """A world of two cities and two kinds of words; even ones are of kind 0."""
    rows = np.zeros(len(bought), dtype=INTERACTION)
    rows["customer"], rows["product"] = [row[0] for row in bought], [row[1] for row in bought]
    rows["occurred_at"] = [row[2] * DAY for row in bought]
    rows["weight"], rows["is_purchase"] = 1, True
    names = [f"{WORDS[product % 2]} number{product}" for product in range(products)]
    found = product_terms([(name, None, None, None) for name in names])
    vocabulary, terms = matrix_of_terms(products, [(at, *pair) for at, pairs in enumerate(found) for pair in pairs])
    attributes = {name: [None] * customers for name in ATTRIBUTES}
    attributes["city"] = [CITIES[customer % 2] for customer in range(customers)]
    values = {
        "business": "toy",
        "customer_ids": [f"C{customer:03}" for customer in range(customers)],
        "attributes": attributes,
        "may_personalise": np.ones(customers, dtype=bool),
        "product_ids": [f"P{product:03}" for product in range(products)],
        "names": names,
        "brands": [None] * products,
        "categories": [None] * products,
        "is_offered": np.ones(products, dtype=bool),
        "order_line_counts": np.bincount(rows["product"], minlength=products),
        "vocabulary": vocabulary,
        "terms": terms,
        "interactions": in_canonical_order(rows),
    }
    return Snapshot(**(values | changes))


def shop(customers=480, products=90, days=300, seed=5, memory=None) -> Snapshot:
    """A year of a shop with six tastes, one a city: half of what is bought again, the rest mostly of the own taste.

    What is bought again is one of all lines before, or of the last `memory` ones: then time has a direction.
    """
    random, bought = np.random.default_rng(seed), []
    liking = np.arange(customers) % 6
    appeal = random.pareto(1.2, products) + 0.2
    for customer in range(customers):
        own = np.where(np.arange(products) % 6 == liking[customer], appeal, appeal * 0.03)
        day, basket, before = random.uniform(0, 60), 1 + random.poisson(1.5), []
        interval = random.gamma(4, 9)
        while day < days:
            for _ in range(basket):
                if before and random.random() < 0.5:
                    kept = before[-memory:] if memory else before
                    before.append(kept[int(random.integers(len(kept)))])
                else:
                    before.append(int(random.choice(products, p=own / own.sum())))
                bought.append((customer, before[-1], day))
            day += random.gamma(3, interval / 3)
    cities = {name: [None] * customers for name in ATTRIBUTES}
    cities["city"] = [f"city {taste}" for taste in liking]
    return snapshot(bought, customers, products, attributes=cities)


def fill_marts(connection, bought, customers=40, products=40, business="toy"):
    """Write the same world as dbt would."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into marts.customers (business, customer_id, is_registered, city, may_personalise)"
            " values (%s, %s, true, %s, true)",
            [(business, f"C{at:03}", CITIES[at % 2]) for at in range(customers)],
        )
        cursor.executemany(
            "insert into marts.products (business, product_id, name, is_available, is_recommendable,"
            " order_line_count) values (%s, %s, %s, true, true, 0)",
            [(business, f"P{at:03}", f"{WORDS[at % 2]} number{at}") for at in range(products)],
        )
        cursor.executemany(
            "insert into marts.interactions values (%s, %s, %s, %s, 'Order Completed',"
            " timestamptz '2026-01-01 00:00Z' + make_interval(days => %s), 1, 1)",
            [(business, f"I{at}", f"C{c:03}", f"P{p:03}", day) for at, (c, p, day) in enumerate(bought)],
        )
