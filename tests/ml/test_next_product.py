from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sklearn import metrics

from ml.next_product import foretell, judging, lists, models
from ml.next_product.facts import FLOW, HOLDING, LASTING, Facts
from ml.next_product.foretelling import foretold
from ml.next_product.panel import money_is_known, panel
from tests.ml.worlds import MARTS

ACCOUNT, CARD, LOAN = range(3)
PRODUCTS, KINDS = ["account", "card", "loan"], ["BankAccount", "CreditCard", "LoanOrCredit"]
CUSTOMERS, DAYS = 1_500, 6 * 365
REFUSES, YOUNG = 7, 40


def bank(seed=3):
    """A bank of six years: the young borrow in their second half year, cards become half as many again every year."""
    random = np.random.default_rng(seed)
    joined = random.integers(0, DAYS - 200, CUSTOMERS)
    born = random.integers(1930, 1985, CUSTOMERS)
    rows = [(at, ACCOUNT, ACCOUNT, True, day, LASTING) for at, day in enumerate(joined)]
    for at, day in enumerate(joined):
        if 2000 - born[at] < YOUNG and random.random() < 0.6:
            rows.append((at, LOAN, LOAN, True, day + random.integers(150, 365), day + 1500))
        card = int(DAYS + 365 * np.log(random.random()) / np.log(1.5))
        if random.random() < 0.3 and card > day:
            rows.append((at, CARD, CARD, True, card, LASTING))
    rows = [row for row in rows if row[4] <= DAYS]
    holdings = np.array(sorted(rows, key=lambda row: (row[4], row)), dtype=HOLDING)
    permitted = np.arange(CUSTOMERS) != REFUSES
    ids = [f"c{at:04}" for at in range(CUSTOMERS)]
    limits = np.array([3, 1, 1])
    return Facts(ids, born.astype(float), permitted, PRODUCTS, limits, KINDS, holdings, np.zeros(0, FLOW), DAYS)


@pytest.fixture(scope="module")
def world():
    return bank()


@pytest.fixture(scope="module")
def judged(world):
    return foretell.judge(world, lambda text: None)


def loss(judged, model):
    return judging.mean_loss(judged, model)


def test_the_last_year_is_foretold_better_than_by_base_rates_and_by_a_logistic_regression(judged):
    chosen, found = judged
    rows = {row[1]: row for row in judging.measures(found, chosen, PRODUCTS) if row[0] == "*" and row[2] == "log_loss"}
    print({model: row[3:7] for model, row in rows.items()})
    assert chosen == "boosted_drift"
    assert min(rows, key=lambda model: rows[model][3]) == chosen
    assert all(rows[model][5] > 0 for model in ("popular", "logistic")), "the interval reaches zero"


def test_as_many_open_as_was_foretold_though_more_open_a_card_every_year(judged):
    _, found = judged
    could = found.panel.could[:, CARD]
    came = found.panel.opened[could, CARD].sum()
    expected = {model: found.probability[model][could, CARD].sum() for model in ("popular", "boosted", "boosted_drift")}
    print(f"came {came}, foretold {expected}")
    assert expected["boosted_drift"] == pytest.approx(came, rel=0.25)
    assert abs(expected["boosted_drift"] - came) < min(abs(expected[name] - came) for name in ("popular", "boosted"))


def test_nothing_that_came_after_the_day_is_in_what_was_known(world):
    day = 4 * 365
    late = world.holdings[world.holdings["opened"] > day]
    assert len(late) > 100
    changed = late.copy()
    changed["opened"] = np.random.default_rng(1).permutation(late["opened"])
    changed["customer"] = np.random.default_rng(2).permutation(late["customer"])
    other = replace(world, holdings=np.concatenate([world.known_at(day), changed[np.argsort(changed["opened"])]]))
    then, now = panel(world, day, False, 365), panel(other, day, False, 365)
    assert np.array_equal(then.features, now.features, equal_nan=True)
    assert np.array_equal(then.could, now.could) and not np.array_equal(then.opened, now.opened)
    whole = panel(world, DAYS, False, 365)
    assert not whole.opened.any()


def test_who_holds_as_many_as_allowed_is_not_asked_until_the_holding_has_ended(world):
    loan = np.array([(0, ACCOUNT, ACCOUNT, True, 0, LASTING), (0, LOAN, LOAN, True, 10, 100)], dtype=HOLDING)
    one = replace(world, holdings=loan)
    assert [bool(panel(one, day, False, 365).could[0, LOAN]) for day in (9, 10, 99, 100)] == [True, False, False, True]


def flows(customers, months):
    """100 in and 40 out in each of the months since 2000-01."""
    rows = [
        (at, (date(2000 + m // 12, m % 12 + 1, 1) - date(2000, 1, 1)).days, 100, 40) for m in months for at in customers
    ]
    return np.array(rows, dtype=FLOW)


def test_movements_that_are_known_of_borrowers_alone_foretell_nothing(world):
    day = (date(2003, 6, 30) - date(2000, 1, 1)).days
    owners = np.unique(world.known_at(day)["customer"])
    borrowers = np.unique(world.holdings["customer"][world.holdings["product"] == LOAN])
    assert money_is_known(replace(world, flows=flows(owners, range(42))), [day])
    assert not money_is_known(replace(world, flows=flows(borrowers, range(42))), [day])
    assert not money_is_known(replace(world, flows=flows(owners, range(39))), [day]), "the last two months lack"
    assert not money_is_known(world, [day])


def test_money_is_that_of_whole_months_before_the_day(world):
    day = (date(2003, 6, 29) - date(2000, 1, 1)).days
    known = replace(world, flows=flows(np.arange(CUSTOMERS), range(30, 50)))
    found = panel(known, day, True, 365)
    money = dict(zip(found.names, found.features[0], strict=True))
    assert (money["income"], money["spending"], money["balance"]) == (100, 40, 11 * 60)


def test_what_each_feature_adds_adds_up_and_with_others_values_of_the_reason_less_is_foretold(judged):
    _, found = judged
    for family in found.learned[LOAN].values():
        parts, whole = family.contributions(found.panel.features), family.log_odds(found.panel.features)
        assert np.ptp(whole - parts.sum(axis=1)) < 1e-6
    trees, random = found.learned[LOAN]["boosted"], np.random.default_rng(8)
    likely = np.flatnonzero(found.probability["boosted_drift"][:, LOAN] > found.rate[LOAN])
    features = found.panel.features[likely]
    named, own, lower = trees.contributions(features).argmax(axis=1), trees.log_odds(features), []
    for at, name in enumerate(named):
        others = np.tile(features[at], (100, 1))
        others[:, name] = random.choice(found.panel.features[:, name], 100)
        lower.append(trees.log_odds(others).mean() < own[at])
    assert len(lower) > 100 and np.mean(lower) >= 0.95
    age, usual = found.panel.features[:, 0], ("popular", {})
    young, old = (np.flatnonzero(rows) for rows in (age < YOUNG - 5, age > YOUNG + 15))
    assert ("customers_like_you", {"attribute": "age"}) in lists._reasons(found, "boosted_drift", LOAN, young, usual)
    assert lists._reasons(found, "boosted_drift", LOAN, old, usual) == [usual] * len(old)


def test_scores_agree_with_those_of_scikit_learn():
    random = np.random.default_rng(4)
    probability = random.random(5_000)
    opened = random.random(5_000) < probability
    assert judging.log_loss(probability, opened).mean() == pytest.approx(metrics.log_loss(opened, probability))
    assert judging.brier(probability, opened).mean() == pytest.approx(metrics.brier_score_loss(opened, probability))
    assert judging.calibration_error(probability, opened) < 0.03
    assert judging.calibration_error(probability / 2, opened) == pytest.approx(0.25, abs=0.03)
    people = np.arange(400)
    (none, (low, high)) = judging.intervals(np.column_stack([np.zeros(400), random.normal(1, 1, 400)]), people)
    assert tuple(none) == (0, 0) and 0.8 < low < 1 < high < 1.2
    five_rows_each = judging.intervals(np.repeat(random.normal(1, 1, 80), 5)[:, None], people // 5)[0]
    assert np.ptp(five_rows_each) == pytest.approx(4 / 80**0.5, rel=0.3), "rows of one customer are no news each"


def test_of_few_openings_all_models_say_the_base_rate(world):
    rows = world.holdings
    late = (rows["product"] == LOAN) & (rows["opened"] > 4 * 365)
    few = rows[(rows["product"] != LOAN) | (late & (np.cumsum(late) < 15))]
    found = foretold(replace(world, holdings=few), 5 * 365, [4 * 365, 3 * 365], False, 365)
    assert LOAN not in found.learned and CARD in found.learned
    assert {float(each[:, LOAN].max()) for each in found.probability.values()} == {float(found.rate[LOAN])}
    assert models.rate(np.zeros(9), np.ones(9)) == pytest.approx(0.05)


def fill(connection, world, business="bank"):
    """Write the world as dbt would; whoever's number ends in 3 is suitable for nothing, in 4 for a loan alone."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into marts.customers (business, customer_id, birth_year, may_personalise, last_seen_at)"
            " values (%s, %s, %s, %s, date '2000-01-01' + %s)",
            [
                (business, customer, int(year), bool(may), DAYS)
                for customer, year, may in zip(world.customer_ids, world.birth_year, world.may_personalise, strict=True)
            ],
        )
        products = [*PRODUCTS, "undated"]
        cursor.executemany(
            "insert into marts.products (business, product_id, is_recommendable) values (%s, %s, true)",
            [(business, name) for name in products],
        )
        cursor.executemany(
            "insert into seeds.suitability_rules values (%s, %s, 1)", [(business, name) for name in products]
        )
        cursor.executemany(
            "insert into marts.product_holdings"
            " (business, customer_id, kind, holding_id, product_id, opened_at, closed_at)"
            " values (%s, %s, %s, %s, %s, date '2000-01-01' + %s, date '2000-01-01' + %s::int)",
            [
                (business, world.customer_ids[who], KINDS[kind], f"h{at}", PRODUCTS[what], int(opened), ended)
                for at, (who, what, kind, _, opened, ended) in enumerate(
                    (*row[:5], None if row[5] == LASTING else row[5]) for row in world.holdings.tolist()
                )
            ],
        )
        cursor.execute(
            "insert into marts.product_holdings (business, customer_id, kind, holding_id, product_id)"
            " select business, customer_id, 'PaymentService', 'o' || customer_id, 'undated' from marts.customers"
        )
        cursor.execute("""
            insert into marts.product_suitability (business, customer_id, product_id, is_suitable)
            select
                business, customer_id, product_id,
                customer_id !~ '3$' and (customer_id !~ '4$' or product_id = 'loan')
            from marts.customers cross join (values ('card'), ('loan'), ('undated')) as products (product_id)
        """)


LISTED = "select * from ml.next_products order by business, customer_id, rank"


@pytest.fixture(scope="module")
def published(module_warehouse, world):
    module_warehouse.execute(MARTS)
    fill(module_warehouse, world)
    foretell.foretell(module_warehouse, "bank")
    return module_warehouse


def test_a_customer_gets_the_suitable_products_the_most_probable_first(published):
    found = {}
    for _, customer, rank, product, probability, *_ in published.execute(LISTED):
        found.setdefault(customer, []).append((rank, product, probability))
    assert len(found) == CUSTOMERS * 9 // 10 and not [customer for customer in found if customer.endswith("3")]
    for customer, offers in found.items():
        assert {product for _, product, _ in offers} == ({"loan"} if customer.endswith("4") else {"card", "loan"})
        assert [rank for rank, *_ in offers] == list(range(1, len(offers) + 1))
        assert offers == sorted(offers, key=lambda offer: -offer[2])
        assert all(0 < probability < 1 for *_, probability in offers)
    assert len({offers[0][1] for offers in found.values()}) == 2


def test_every_row_has_a_tier_and_a_reason_and_who_refuses_gets_the_base_rate(published):
    query = "select tier, reason_code, count(*) from ml.next_products group by 1, 2"
    reasons = {row[:2]: row[2] for row in published.execute(query)}
    assert reasons.keys() <= {
        ("popular", "popular"),
        *(
            ("foretold", code)
            for code in ("popular", "not_yet_held", "opened_before", "customer_for", "customers_like_you")
        ),
    }
    refusing = f"c{REFUSES:04}"
    query = "select product_id, tier, probability, evidence from ml.next_products where customer_id = %s"
    rows = published.execute(query, [refusing]).fetchall()
    assert len(rows) == 2
    for _, tier, probability, evidence in rows:
        assert tier == "popular" and evidence == {"rate": pytest.approx(probability, abs=1e-4)}
    assert published.execute(
        "select count(*) from ml.next_products where evidence::text ~ 'age\": *[0-9]'"
    ).fetchone() == (0,)


def test_the_measures_and_the_table_of_calibration_stand_beside_the_lists(published):
    cut = date(2000, 1, 1) + timedelta(days=DAYS - 365)
    query = "select distinct cut_on, horizon_days, product_id from ml.next_product_measures order by 3"
    assert published.execute(query).fetchall() == [(cut, 365, name) for name in ("*", "card", "loan")]
    query = """
        select sum(foretold * customers) / sum(customers), sum(opened * customers) / sum(customers), count(*)
        from ml.next_product_calibrations where product_id = 'card' and model = 'boosted_drift'
    """
    foretold_share, share, bins = published.execute(query).fetchone()
    assert bins == judging.BINS and foretold_share == pytest.approx(share, rel=0.25)


def test_the_same_data_gives_the_same_rows_whatever_its_physical_order(published):
    before = published.execute(LISTED).fetchall()
    published.execute("create table shuffled as select * from marts.product_holdings order by md5(holding_id)")
    published.execute("truncate marts.product_holdings; insert into marts.product_holdings table shuffled")
    foretell.foretell(published, "bank")
    assert published.execute(LISTED).fetchall() == before


def test_a_business_that_is_no_bank_is_passed_over_in_silence(published, capsys):
    foretell.foretell(published, "shop")
    assert capsys.readouterr().out == ""
    published.execute("""
        insert into marts.customers (business, customer_id, last_seen_at) values ('new', 'n1', '2005-12-02Z');
        insert into marts.product_holdings (business, customer_id, kind, holding_id, product_id, opened_at)
        values ('new', 'n1', 'LoanOrCredit', 'l1', 'loan', '2005-12-01Z')
    """)
    foretell.foretell(published, "new")
    assert "0 suitable products" in capsys.readouterr().out
