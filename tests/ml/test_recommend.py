import json
import threading

import pytest

from ml import descriptions, recommend, windows
from ml.__main__ import main
from ml.models import ease, two_stage
from tests.ml.worlds import MARTS, checkerboard, fill_marts

LISTS = "select customer_id, rank, product_id, score, tier, reason_code, evidence from ml.recommendations order by 1, 2"
SIMILAR = "select product_id, rank, similar_product_id, score from ml.similar_products order by 1, 2"


@pytest.fixture(scope="module")
def world(module_warehouse):
    """The checkerboard with two cold customers, a refusing one, a nobody, a cold product and two not on offer."""
    connection = module_warehouse
    connection.execute(MARTS)
    fill_marts(connection, [row for row in checkerboard() if row[0] < 36 and row[1] != 38])
    connection.execute("update marts.products set is_available = false where product_id = 'P000'")
    connection.execute("update marts.products set is_recommendable = false where product_id = 'P001'")
    connection.execute("update marts.customers set may_personalise = false where customer_id = 'C002'")
    connection.execute("update marts.customers set city = null where customer_id = 'C039'")
    connection.execute("update marts.interactions set event = 'Product Viewed' where customer_id = 'C004'")
    assert main(["terms"]) == 0
    assert main(["recommend"]) == 0
    return connection


def test_every_customer_gets_k_distinct_products_that_are_on_offer(world):
    rows = world.execute(
        "select customer_id, count(*), count(distinct product_id), min(rank), max(rank)"
        " from ml.recommendations group by 1"
    ).fetchall()
    assert len(rows) == 40
    assert {row[1:] for row in rows} == {(10, 10, 1, 10)}
    query = "select count(*) from ml.recommendations where product_id in ('P000', 'P001')"
    assert world.execute(query).fetchone()[0] == 0
    query = "select count(*) from ml.similar_products where similar_product_id in ('P000', 'P001', product_id)"
    assert world.execute(query).fetchone()[0] == 0


def test_discoveries_are_new_to_the_customer_and_as_many(world):
    query = """
        select customer_id, count(distinct product_id), max(rank), count(known.product_id)
        from ml.discoveries left join marts.training_interactions as known using (business, customer_id, product_id)
        where customer_id <> 'C004' group by customer_id
    """
    assert {row[1:] for row in world.execute(query)} == {(10, 10, 0)}
    assert {row[0] for row in world.execute("select distinct reason_code from ml.discoveries")} <= {
        "similar_to",
        "shared_terms",
        "customers_like_you",
        "popular",
    }
    query = """
        select avg((right(customer_id, 1)::int % 2 = right(product_id, 1)::int % 2)::int)
        from ml.discoveries where tier = 'hybrid' and rank <= 4
    """
    assert world.execute(query).fetchone()[0] > 0.9


def test_tiers_say_what_each_list_rests_on(world):
    tier = dict(world.execute("select distinct customer_id, tier from ml.recommendations").fetchall())
    assert tier["C000"] == "hybrid"
    assert tier["C004"] == "session"
    assert tier["C036"] == tier["C037"] == "features"
    assert tier["C039"] == "popular"


def test_a_customer_who_refused_gets_the_list_that_everybody_gets(world):
    def products(customer):
        query = "select product_id, tier, reason_code from ml.recommendations where customer_id = %s order by rank"
        return world.execute(query, [customer]).fetchall()

    assert products("C002") == products("C039")


def test_warm_customers_get_their_own_colour(world):
    query = """
        select avg((right(customer_id, 1)::int % 2 = right(product_id, 1)::int % 2)::int)
        from ml.recommendations where tier = 'hybrid'
    """
    assert world.execute(query).fetchone()[0] > 0.9


def test_scores_fall_with_the_rank(world):
    query = """
        select count(*) from ml.recommendations as a inner join ml.recommendations as b using (business, customer_id)
        where a.rank < b.rank and a.score < b.score
    """
    assert world.execute(query).fetchone()[0] == 0


def test_reasons_name_what_the_customer_really_did(world):
    bought = set(world.execute("select customer_id, product_id from marts.interactions").fetchall())
    looked = {pair for pair in bought if pair[0] == "C004"}
    names = dict(world.execute("select product_id, name from marts.products").fetchall())
    codes = set()
    for customer, _, product, _, tier, code, evidence in world.execute(LISTS).fetchall():
        codes.add(code)
        assert (code == "bought_before") == (tier == "hybrid" and (customer, product) in bought - looked)
        if code == "bought_before":
            assert evidence == {"orders": 1}
        if code in ("similar_to", "shared_terms"):
            assert (customer, evidence["product_id"]) in bought and evidence["product_id"] != product
            assert evidence["name"] == names[evidence["product_id"]]
        if code == "customers_like_you":
            assert tier == "features" and evidence == {"attribute": "city"}
        if code == "popular":
            assert 1 <= evidence["rank"] <= 40
    assert {"bought_before", "customers_like_you", "popular"} <= codes


def test_a_product_nobody_bought_is_similar_to_those_with_its_words(world):
    query = "select similar_product_id from ml.similar_products where product_id = 'P038' order by rank"
    similar = [row[0] for row in world.execute(query)]
    assert len(similar) == 10
    assert sum(int(product[1:]) % 2 == 0 for product in similar) >= 9


def test_measures_stand_beside_the_baselines(world, capsys):
    models = {row[0] for row in world.execute("select distinct model from ml.measures")}
    assert {"popular", "own_frequency", "lightfm"} <= models
    assert main(["measures"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in (*models, "ndcg@10", "recall@10", "map@10", "toy"))
    [(params,)] = world.execute("select params from ml.runs where is_current").fetchall()
    assert f"{params['published_model']} *" in shown


def test_where_fewer_are_judged_by_what_is_new_each_model_still_has_one_line(world, capsys):
    world.execute("update ml.measures set customers_judged = customers_judged - 1 where metric like 'new%'")
    world.execute("delete from ml.measures where model = 'als' and metric = 'new_map'")
    assert main(["measures"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("toy") and " als " in line]) == 1
    world.execute("update ml.measures set customers_judged = customers_judged + 1 where metric like 'new%'")


def test_unchanged_data_is_left_alone(world, capsys):
    before = world.execute("select xmin, run_id, finished_at from ml.runs").fetchall()
    assert main(["recommend"]) == 0
    assert "nothing changed" in capsys.readouterr().out
    assert world.execute("select xmin, run_id, finished_at from ml.runs").fetchall() == before


def test_the_same_data_gives_the_same_rows_whatever_its_physical_order(world):
    lists, similar = world.execute(LISTS).fetchall(), world.execute(SIMILAR).fetchall()
    [(run_id,)] = world.execute("select run_id from ml.runs").fetchall()
    world.execute("create table shuffled as select * from marts.interactions order by md5(interaction_id)")
    world.execute(
        "truncate marts.interactions; insert into marts.interactions select * from shuffled; drop table shuffled"
    )
    assert main(["recommend", "--force"]) == 0
    assert world.execute("select run_id, is_current from ml.runs").fetchall() == [(run_id, True)]
    assert world.execute(LISTS).fetchall() == lists
    assert world.execute(SIMILAR).fetchall() == similar


def test_two_runs_at_once_serialise(world, capsys):
    lists = world.execute(LISTS).fetchall()
    world.execute("update ml.runs set is_current = false")
    threads = [threading.Thread(target=main, args=[["recommend"]]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = capsys.readouterr().out
    assert shown.count("nothing changed") == 1 and shown.count("fitted on everything") == 1
    assert world.execute(LISTS).fetchall() == lists


def test_changed_data_is_a_new_run_and_the_old_measures_stay(world):
    [(old,)] = world.execute("select run_id from ml.runs where is_current").fetchall()
    world.execute("insert into marts.interactions select business, 'new', customer_id, 'P010', event, occurred_at, 1, 1"
                  " from marts.interactions where interaction_id = 'I0'")  # fmt: skip
    assert main(["recommend", "--k", "5"]) == 0
    [(new,)] = world.execute("select run_id from ml.runs where is_current").fetchall()
    assert new != old
    assert world.execute("select count(*) from ml.runs where run_id = %s and not is_current", [old]).fetchone() == (1,)
    assert {row[0] for row in world.execute("select distinct run_id from ml.measures")} == {old, new}
    query = "select distinct run_id from ml.recommendations union select run_id from ml.similar_products"
    assert world.execute(query).fetchall() == [(new,)]
    assert world.execute("select count(*) from ml.recommendations").fetchone() == (40 * 5,)


def test_two_businesses_keep_apart_and_one_without_interactions_gets_popular_lists(warehouse):
    warehouse.execute(MARTS)
    fill_marts(warehouse, [], customers=3, products=12, business="quiet")
    warehouse.execute("update marts.products set order_line_count = 9 where product_id = 'P007'")
    fill_marts(warehouse, checkerboard(), business="toy")
    assert main(["terms", "--business", "quiet"]) == 0
    assert main(["recommend", "--business", "quiet"]) == 0
    rows = warehouse.execute("select business, tier, count(*) from ml.recommendations group by 1, 2").fetchall()
    assert rows == [("quiet", "popular", 30)]
    query = "select distinct product_id, reason_code, evidence from ml.recommendations where rank = 1"
    assert warehouse.execute(query).fetchall() == [("P007", "popular", {"rank": 1})]
    assert {row[0] for row in warehouse.execute("select distinct business from ml.product_terms")} == {"quiet"}


def test_a_business_without_products_is_skipped_and_says_why(warehouse, capsys):
    warehouse.execute(MARTS)
    warehouse.execute("insert into marts.customers (business, customer_id) values ('empty', 'C1')")
    assert main(["terms"]) == 0
    assert main(["recommend"]) == 0
    assert capsys.readouterr().out.count("marts.products has no row of it") == 2
    assert warehouse.execute("select count(*) from ml.runs").fetchone() == (0,)


def test_missing_marts_are_one_line_with_the_next_command(warehouse, capsys):
    assert main(["recommend"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "marts.customers is missing" in told and "dbt build" in told


def test_an_unknown_business_is_told_which_there_are(warehouse, capsys):
    warehouse.execute(MARTS)
    fill_marts(warehouse, [], customers=1, products=1)
    assert main(["terms", "--business", "nope"]) == 1
    assert "there are: toy" in capsys.readouterr().err


def test_no_database_is_one_line(warehouse, capsys, monkeypatch):
    monkeypatch.setenv("PGPORT", "1")
    assert main(["measures"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("module", "name"), [(ease, "REGULARISATION"), (two_stage, "ROUNDS"), (descriptions, "DAYS"), (windows, "SHARE")]
)
def test_another_constant_of_a_model_is_another_run(monkeypatch, module, name):
    before = recommend.parameters(10)
    monkeypatch.setattr(module, name, 7)
    assert json.dumps(recommend.parameters(10)) != json.dumps(before)
