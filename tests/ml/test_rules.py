"""Rules of lists on the checkerboard, where it can be said aloud what each must change."""

import numpy as np
import pytest

from ml import features, rules
from ml.__main__ import main
from ml.eligibility import Eligibility
from ml.reranking import NOBODY, Reranker
from tests.ml.worlds import MARTS, checkerboard, fill_marts, snapshot

K, CUSTOMERS, PRODUCTS = 5, 4, 12
LISTS = ("recommendations", "discoveries")
# Product 0 is best for everybody, then 1, and so on.
SCORES = np.tile(-np.arange(PRODUCTS, dtype=float), (CUSTOMERS, 1))


def world(bought=(), **changes):
    """Four customers, twelve products that cost 10, 20, ... and nobody knows yet but for the first nine."""
    known = [(0, product, 0) for product in range(9)]
    return snapshot([*known, *bought], customers=CUSTOMERS, products=PRODUCTS, **changes)


def choose(*rows, of=None, on_offer=None, suitable=None, return_days=np.nan, scores=SCORES, seed="run"):
    """Return what the rules (kind, scope, value) make of SCORES."""
    shop = world() if of is None else of
    everything = np.ones(PRODUCTS, dtype=bool)
    made = [
        rules.Rule(
            f"r{at}",
            kind,
            frozenset(LISTS),
            everything if scope is None else np.isin(np.arange(PRODUCTS), scope),
            value,
        )
        for at, (kind, scope, value) in enumerate(rows)
    ]
    prices, days = 10.0 * np.arange(1, PRODUCTS + 1), np.full(PRODUCTS, return_days)
    held = rules.Rules(made, prices, days, suitable, "")
    judge = Eligibility(held, features.training(shop), everything if on_offer is None else on_offer)
    return Reranker("recommendations", judge, K, seed).choose(np.arange(CUSTOMERS), scores, lambda _: scores)


def shown(*rows, **kwargs):
    return [[product for product in row if product != NOBODY] for row in choose(*rows, **kwargs).products.tolist()]


def test_without_rules_the_ranker_has_the_word():
    chosen = choose()
    assert chosen.products.tolist() == [[0, 1, 2, 3, 4]] * CUSTOMERS
    assert not len(chosen.passed_over) and (chosen.rule == NOBODY).all()


def test_what_is_not_on_offer_is_passed_over_and_said():
    chosen = choose(on_offer=np.arange(PRODUCTS) != 1)
    assert chosen.products.tolist() == [[0, 2, 3, 4, 5]] * CUSTOMERS
    assert chosen.passed_over.tolist() == [[row, 1, 0, 2] for row in range(CUSTOMERS)]


def test_a_price_band_keeps_to_its_prices():
    assert shown(("price_at_least", None, 30.0), ("price_at_most", None, 80.0))[0] == [2, 3, 4, 5, 6]


def test_nothing_is_shown_that_costs_many_times_what_the_customer_usually_pays():
    found = shown(("price_times_usual", None, 2.0), of=world([(1, 1, 1)]))
    assert found[1] == [0, 1, 2, 3]
    assert found[2] == [0, 1, 2, 3, 4]


def test_what_is_owned_is_not_shown_again_where_the_rule_says_so():
    found = shown(("owned", [0, 1], None), of=world([(1, 0, 1), (1, 2, 1)]))
    assert found[0] == [2, 3, 4, 5, 6] and found[1] == [1, 2, 3, 4, 5] and found[2] == [0, 1, 2, 3, 4]


def test_what_was_bought_a_moment_ago_waits_for_its_interval():
    lately, long_ago = (1, 0, 30), (2, 0, 1)
    found = shown(("repurchase_interval", None, 0.5), of=world([lately, long_ago]), return_days=20)
    assert 0 not in found[1] and 0 in found[2] and 0 in found[3]
    assert 0 in shown(("repurchase_interval", None, 0.5), of=world([lately]))[1]


def test_what_was_given_back_cools_off():
    shop = world([(1, 0, 40), (2, 0, 5), (3, 1, 45)])
    given_back = (shop.interactions["product"] == 0) & (shop.interactions["customer"] > 0)
    shop.interactions["weight"][given_back] = -5
    shop.interactions["is_purchase"][given_back] = False
    found = shown(("cooling_off", None, 30.0), of=shop)
    assert 0 not in found[1] and 0 in found[2] and 1 in found[3]


def test_an_age_or_country_that_nobody_knows_excludes():
    attributes = dict(world().attributes)
    attributes["birth_year"], attributes["country"] = [1950, 1995, None, 1970], ["GB", "FR", "GB", None]
    shop = world(attributes=attributes)
    found = shown(("min_age", [0], 18.0), ("countries", [1], frozenset({"GB", "IE"})), of=shop)
    assert [0 in row for row in found] == [True, False, False, True]
    assert [1 in row for row in found] == [True, False, True, False]
    assert [0 in row for row in shown(("max_age", [0], 40.0), of=shop)] == [False, True, False, True]


def test_what_was_judged_suitable_for_nobody_is_shown_to_nobody():
    suitable = features.matrix(world([(1, 3, 1)]).interactions[-1:], (CUSTOMERS, PRODUCTS)) > 0
    assert shown(("suitability", None, None), suitable=suitable) == [[], [3], [], []]
    assert shown(("suitability", None, None)) == [[0, 1, 2, 3, 4]] * CUSTOMERS


def test_each_rule_that_says_no_is_named_with_the_rank_that_it_cost():
    chosen = choose(("owned", [0], None), ("price_at_most", None, 60.0), on_offer=np.arange(PRODUCTS) != 2)
    of_first = [tuple(row[1:]) for row in chosen.passed_over.tolist() if row[0] == 0]
    assert sorted(of_first) == [(0, 0, 1), (2, 2, 3), *((product, 1, product + 1) for product in range(6, 12))]


def test_a_pin_has_its_place_and_the_place_lost_is_said():
    chosen = choose(("pin", [9], 2.0))
    assert chosen.products.tolist() == [[0, 9, 1, 2, 3]] * CUSTOMERS
    assert chosen.rule.tolist() == [[NOBODY, 0, NOBODY, NOBODY, NOBODY]] * CUSTOMERS
    assert [4, 0, 5] in chosen.passed_over[:, 1:].tolist()


def test_a_pin_that_may_not_be_shown_is_not_shown():
    assert shown(("pin", [9], 1.0), on_offer=np.arange(PRODUCTS) != 9)[0] == [0, 1, 2, 3, 4]


def test_promoted_products_have_their_share_and_no_more():
    assert shown(("promoted_share", [8, 9, 10], 0.4))[0] == [0, 1, 2, 8, 9]
    assert shown(("promoted_share", [1, 9, 10], 0.4))[0] == [0, 1, 2, 3, 9]
    assert shown(("promoted_share", [0, 1, 2, 3], 0.4))[0] == [0, 1, 2, 3, 4]


def test_no_category_fills_a_list_while_there_are_others():
    categories = ["Tea"] * 6 + ["Cup", "Cup", None, None, "Pot", "Pot"]
    found = shown(("per_category", None, 2.0), of=world(categories=categories))
    assert found[0] == [0, 1, 6, 7, 8]
    chosen = choose(("per_category", None, 2.0), of=world(categories=categories))
    assert sorted(row[1:] for row in chosen.passed_over.tolist() if row[0] == 0) == [[2, 0, 3], [3, 0, 4], [4, 0, 5]]
    only_tea = shown(("per_category", None, 2.0), of=world(categories=["Tea"] * PRODUCTS))
    assert only_tea[0] == [0, 1, 2, 3, 4]
    few = choose(("per_category", None, 2.0), of=world(categories=["Tea"] * PRODUCTS), on_offer=np.arange(PRODUCTS) < 3)
    assert few.products[0].tolist() == [0, 1, 2, NOBODY, NOBODY]


def test_new_products_have_a_share_that_differs_from_customer_to_customer_and_is_drawn_alike_twice():
    chosen = choose(("exploration_share", None, 0.2))
    assert (chosen.products[:, :4] == [0, 1, 2, 3]).all()
    assert set(chosen.products[:, 4]) <= {9, 10, 11} and len(set(chosen.products[:, 4])) > 1
    assert (choose(("exploration_share", None, 0.2)).products == chosen.products).all()
    others = [choose(("exploration_share", None, 0.2), seed=f"run {number}").products for number in range(5)]
    assert any((other != chosen.products).any() for other in others)


def test_all_that_arranges_goes_together_and_every_list_is_full():
    rows = [
        ("pin", [7], 1.0),
        ("promoted_share", [8], 0.2),
        ("exploration_share", None, 0.2),
        ("per_category", None, 1.0),
    ]
    categories = ["Tea", "Tea", "Cup"] + [None] * 9
    for row in shown(*rows, of=world(categories=categories)):
        assert row[:4] == [7, 0, 2, 8] and row[4] in (9, 10, 11)


@pytest.fixture(scope="module")
def shop(module_warehouse):
    """The checkerboard with a product that nobody bought, and rules in the seed."""
    connection = module_warehouse
    connection.execute(MARTS)
    fill_marts(connection, [row for row in checkerboard() if row[1] != 38])
    connection.execute("update marts.customers set country = case when customer_id < 'C010' then 'GB' end")
    connection.execute("update marts.products set category = 'Spirits > Gin' where product_id in ('P004', 'P006')")
    connection.execute(
        "insert into seeds.recommendation_rules values"
        " ('*', 'spirits', '*', 'countries', 'category', 'Spirits', 'GB'),"
        " ('toy', 'star', 'recommendations', 'pin', 'product_id', 'P009', '3'),"
        " ('other', 'not ours', '*', 'price_at_most', null, null, '0'),"
        " ('toy', 'new', 'discoveries', 'exploration_share', null, null, '0.1')"
    )
    assert main(["terms"]) == 0
    assert main(["recommend"]) == 0
    return connection


def test_a_rule_on_a_category_holds_for_those_below_it_and_says_so(shop):
    query = "select count(*) from ml.recommendations where product_id in ('P004', 'P006') and customer_id >= 'C010'"
    assert shop.execute(query).fetchone() == (0,)
    query = "select count(*) > 0 from ml.recommendations where product_id in ('P004', 'P006') and customer_id < 'C010'"
    assert shop.execute(query).fetchone() == (True,)
    query = """
        select distinct rule_id, product_id in ('P004', 'P006') from ml.exclusions
        where list = 'recommendations' and customer_id >= 'C010' and rule_id = 'spirits'
    """
    assert shop.execute(query).fetchall() == [("spirits", True)]


def test_what_a_rule_put_there_says_which(shop):
    query = """
        select distinct rank, product_id, tier, reason_code, evidence ->> 'rule' from ml.recommendations
        where evidence ? 'rule'
    """
    assert shop.execute(query).fetchall() == [(3, "P009", "pinned", "rule", "star")]
    query = """
        select rank, product_id, tier, evidence ->> 'rule', count(*) from ml.discoveries
        where evidence ? 'rule' group by 1, 2, 3, 4
    """
    assert shop.execute(query).fetchall() == [(10, "P038", "exploration", "new", 40)]


def test_every_list_is_full_and_what_is_missing_from_it_has_a_rule(shop):
    query = "select count(distinct product_id) from {} group by customer_id"
    for kind in LISTS:
        assert {row[0] for row in shop.execute(query.format(f"ml.{kind}"))} == {10}
    query = """
        select count(*) from ml.exclusions join ml.recommendations using (business, customer_id, product_id)
        where exclusions.list = 'recommendations'
    """
    assert shop.execute(query).fetchone() == (0,)


def test_lists_are_measured_before_and_after_the_rules(shop):
    rows = dict(
        shop.execute(
            "select m.model, m.value from ml.measures m join ml.runs r using (business, run_id)"
            " where metric = 'ndcg' and model in ('with_rules', params ->> 'published_model')"
        ).fetchall()
    )
    assert len(rows) == 2 and rows["with_rules"] < max(rows.values())


def test_another_rule_is_another_run_and_without_rules_nothing_is_excluded(shop):
    [(before,)] = shop.execute("select run_id from ml.runs where is_current").fetchall()
    shop.execute("delete from seeds.recommendation_rules where business <> 'other'")
    assert main(["recommend"]) == 0
    [(after,)] = shop.execute("select run_id from ml.runs where is_current").fetchall()
    assert after != before
    assert shop.execute("select count(*) from ml.exclusions").fetchone() == (0,)
    rows = shop.execute(
        "select m.metric, count(distinct m.value) from ml.measures m join ml.runs r using (business, run_id)"
        " where is_current and model in ('with_rules', params ->> 'published_model') and metric not like 'new%'"
        " group by 1"
    ).fetchall()
    assert {count for _, count in rows} == {1}


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (("odd", "*", "no_such_kind", "", ""), "unknown kind"),
        (("odd", "somewhere", "owned", "", ""), "unknown kind, list"),
        (("odd", "*", "price_at_most", "", "cheap"), "takes a number, not 'cheap'"),
        (("odd", "*", "countries", "", None), "takes words, not None"),
    ],
)
def test_a_rule_that_cannot_be_read_is_one_line(shop, capsys, rule, told):
    rule_id, kind_of_list, kind, of_what, value = rule
    shop.execute(
        "insert into seeds.recommendation_rules values ('toy', %s, %s, %s, %s, null, %s)",
        [rule_id, kind_of_list, kind, of_what, value],
    )
    assert main(["recommend"]) == 1
    error = capsys.readouterr().err
    shop.execute("delete from seeds.recommendation_rules where rule_id = 'odd'")
    assert error.count("\n") == 1 and told in error and "'odd'" in error
