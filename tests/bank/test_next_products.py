"""What a Czech bank's clients opened in the last year that the files know, foretold from what was known before it."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np

from ml.next_product import facts as dated
from ml.next_product import foretell, judging
from ml.next_product.facts import HOLDING, LASTING
from ml.next_product.foretelling import foretold
from ml.next_product.panel import FIRST_DAY, money_is_known
from tests.bank.berka import MARKS, of_file, rows
from tests.bank.test_portraits import owners
from warehouse.connection import PROJECT

pytestmark = MARKS
CUT = date(1997, 12, 29)
SEED = PROJECT / "dbt" / "seeds" / "suitability_rules.csv"
# The first payment of each purpose for which clients have standing orders: the orders themselves carry no day.
FIRST_PAYMENTS = """
    with purposes as (
        select distinct product_id, purpose from marts.product_holdings
        where kind = 'PaymentService' and purpose is not null
    ),
    owners as (
        select distinct customer_id, account_id from marts.product_holdings
        where kind = 'BankAccount' and role = 'owner'
    )
    select customer_id, product_id || ': ' || purpose, min(month_on) - date '2000-01-01'
    from marts.cash_flows
    inner join purposes using (purpose)
    inner join owners using (account_id)
    where direction = 'debit'
    group by 1, 2
    order by 3, 1, 2
"""


def days(year, month, day):
    return (date(year, month, day) - FIRST_DAY).days


def opened_later():
    """How many clients opened each product in the last year, by the files."""
    found = Counter(
        f"card_{record['type']}" for record in of_file("card.asc") if record["issued"][:6] > f"{CUT:%y%m%d}"
    )
    found["loan"] = sum(record["date"] > f"{CUT:%y%m%d}" for record in of_file("loan.asc"))
    return found


def test_what_clients_open_within_a_year_is_foretold_better_than_by_base_rates_and_logistic_regression(bank):
    query = """
        select product_id, model, value, behind, behind_low, behind_high, openings, cut_on, horizon_days
        from ml.next_product_measures where metric = %s order by product_id = '*' desc, product_id, model
    """
    for metric in ("log_loss", "brier", "calibration_error"):
        print(metric, *bank.execute(query, [metric]), sep="\n  ")
    found = {row[:2]: row[2:] for row in bank.execute(query, ["log_loss"])}
    assert {row[5:] for row in found.values()} == {(CUT, 365)}
    assert {product: found[product, "popular"][4] for product, _ in found if product != "*"} == opened_later()
    (published,) = {model for (product, model), row in found.items() if product == "*" and row[1] is None}
    assert published not in ("popular", "logistic")
    for peer in ("popular", "logistic", "logistic_drift"):
        assert found["*", peer][2] > 0, f"the interval against {peer} reaches zero"


def test_what_was_foretold_came_in_every_tenth_of_the_clients(bank):
    query = """
        select bin, foretold, opened, customers from ml.next_product_calibrations
        where product_id = '*' and model = 'boosted_drift' order by bin
    """
    found = rows(bank, query)
    print(*found, sep="\n")
    for _, expected, came, customers in found:
        chance = (max(expected, 1 / customers) / customers) ** 0.5
        assert abs(expected - came) < 4 * chance + 0.25 * expected
    assert found[-1][2] > 10 * found[4][2]


def test_nobody_is_offered_what_a_rule_forbids_judged_again_from_the_files_and_the_seed(bank):
    offered = rows(bank, "select customer_id, product_id from serving.next_products")
    rules = {rule["product_id"]: rule for rule in csv.DictReader(SEED.open())}
    born = {record["client_id"]: int(record["birth_number"][:2]) for record in of_file("client.asc")}
    owner, holder = owners(), {record["disp_id"]: record["client_id"] for record in of_file("disp.asc")}
    holds = {(holder[record["disp_id"]], f"card_{record['type']}") for record in of_file("card.asc")}
    holds |= {(owner[record["account_id"]], "loan") for record in of_file("loan.asc") if record["status"] in "CD"}
    failed = {owner[record["account_id"]] for record in of_file("loan.asc") if record["status"] in "BD"}
    assert len({customer for customer, _ in offered}) > 1_000
    for customer, product in offered:
        age, rule = 98 - born[customer], rules[product]
        assert int(rule["min_age"]) <= age <= int(rule["max_age"] or 200)
        assert (customer, product) not in holds
        assert not rule["worst_standing"] or customer not in failed
    judged = "select count(*) from serving.next_products inner join serving.product_suitability" \
             " using (business, customer_id, product_id) where is_suitable"  # fmt: skip
    assert rows(bank, judged) == [(len(offered),)]
    reasons = "select count(*) from serving.next_products where tier is null or reason_code is null"
    assert rows(bank, reasons) == [(0,)]


def test_movements_that_the_files_hold_of_later_borrowers_alone_are_not_looked_at(bank):
    facts = dated.read(bank, "bank")
    assert not money_is_known(facts, [(CUT - FIRST_DAY).days])
    assert money_is_known(facts, [days(1993, 3, 31), days(1993, 9, 30)])
    past = list(range(days(1996, 12, 29), days(1993, 6, 1), -foretell.STEP))
    losses = [
        judging.mean_loss(foretold(facts, (CUT - FIRST_DAY).days, past, with_money, 365), "boosted")
        for with_money in (False, True)
    ]
    print(f"log-loss without movements {losses[0]:.4f}, with the movements of borrowers {losses[1]:.4f}")
    assert losses[1] < losses[0], "what looks like foresight is that the files chose whose movements they hold"


def test_standing_orders_are_foretold_by_kind_where_movements_date_them(bank):
    facts = dated.read(bank, "bank")
    found = rows(bank, FIRST_PAYMENTS)
    kinds = sorted({row[1] for row in found})
    customer = {name: at for at, name in enumerate(facts.customer_ids)}
    payments = [(customer[who], kinds.index(kind), len(facts.kinds), True, day, LASTING) for who, kind, day in found]
    others = facts.holdings.copy()
    others["product"] = -1
    both = np.concatenate([others, np.array(payments, dtype=HOLDING)])
    facts = replace(
        facts,
        product_ids=kinds,
        max_held=np.ones(len(kinds), dtype=int),
        kinds=[*facts.kinds, "PaymentService"],
        holdings=both[np.argsort(both["opened"], kind="stable")],
    )
    past = [days(1993, 3, 31), days(1993, 2, 28), days(1993, 1, 31)]
    assert past[0] + 182 < days(1993, 9, 30)
    judged = foretold(facts, days(1993, 9, 30), past, True, 182)
    measured = [row for row in judging.measures(judged, "boosted_drift", kinds) if row[2] == "log_loss"]
    print(*measured, sep="\n")
    behind = {row[1]: row[5] for row in measured if row[0] == "*"}
    assert behind["popular"] > 0 and behind["logistic"] > 0
