"""From what customers viewed, bought, wrote and clicked to the terms that they care for."""

import pytest

from ml.__main__ import main
from ml.reading import NEEDED
from tests.dbt.content import customer, dbt, event, insert, line, product

REVIEW = "这款龙井茶叶礼盒包装精美，茶香浓郁，回甘持久，送给父母非常满意，还会回购。"


def fill(connection):
    teas, pots = ("Jasmine blossom", "Smoked lapsang"), ("Ceramic pot", "Glass carafe")
    for number, name in enumerate(teas + pots):
        url = f"https://shop.example/goods/{number}"
        product(connection, f"T{number}", name=name, description=None, url=url)
    for number in range(1, 6):
        consents = {"email": True, "personalisation": number != 4}
        customer(connection, f"c{number}", email_index=bytes([number]), consents=consents)
    line(connection, "o1", "1", "T0", customer_id="c1")
    line(connection, "o2", "1", "T0", customer_id="c1", ordered_at="2025-03-25T10:00Z")
    line(connection, "o3", "1", "T1", customer_id="c1", status="refunded")
    line(connection, "o4", "1", "T1", customer_id="c4")
    event(connection, "m1", "Product Viewed", user_id="c1", properties={"product_id": "T2"})
    event(connection, "m2", "Product Reviewed", user_id="c3", properties={"review_id": "p1"})
    mail = {"event": "Email Link Clicked", "occurred_at": "2026-03-24T10:00Z"}
    url = "https://shop.example/goods/3?utm_source=email"
    insert(connection, "raw.email_events", event_id="e1", email_index=bytes([2]), url=url, **mail)
    post(connection, "p1", 1, REVIEW)
    post(connection, "p2", 1, "店家的咖啡杯很漂亮。", posted_at="2026-03-22T10:00Z")
    post(connection, "p3", 1, REVIEW + "好", posted_at="2026-03-23T10:00Z")
    post(connection, "p4", 2, "这家的香薰蜡烛很香。")


def post(connection, post_id, author, content, posted_at="2026-03-20T10:00Z"):
    row = {"author_index": bytes([author]), "content": content, "posted_at": posted_at}
    insert(connection, "raw.posts", post_id=post_id, **row)


@pytest.fixture(scope="module")
def built(module_warehouse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dbt")
    fill(module_warehouse)
    needed = [name for schema, name in (table.split(".") for table in NEEDED) if schema != "ml"]
    build(folder, "+int_product_interests__decayed", *(f"+{name}" for name in needed))
    module_warehouse.folder = folder
    return module_warehouse


def build(folder, *selected):
    for stage in [("--select", *selected), None, ("--select", "interests")]:
        if stage is None:
            assert main(["terms"]) == 0
        else:
            run = dbt(folder, "build", *stage, "--indirect-selection", "cautious")
            assert run.returncode == 0, run.stdout


def interests(connection):
    rows = connection.execute("select customer_id, term, weight from marts.interests order by customer_id, rank")
    found = {}
    for customer_id, term, weight in rows:
        found.setdefault(customer_id, {})[term] = weight
    return found


def test_interests_come_from_what_a_customer_bought_viewed_wrote_and_followed_out_of_an_email(built):
    found = interests(built)
    assert found["c1"].keys() == {"jasmine", "blossom", "ceramic", "pot"}  # the refunded tea is no interest
    assert found["c2"].keys() == {"glass", "carafe"}
    assert {"龙井茶", "礼盒", "咖啡杯"} <= found["c3"].keys()
    assert "c4" not in found and "蜡烛" not in {term for terms in found.values() for term in terms}


def test_what_was_bought_counts_more_than_what_was_viewed_and_a_year_ago_hardly_at_all(built):
    weights = interests(built)["c1"]
    assert weights["jasmine"] > 4 * weights["ceramic"]
    query = "select weight::float from intermediate.int_product_interests__decayed where product_id = 'T0'"
    assert built.execute(query).fetchone()[0] == pytest.approx(5 * (1 + 0.5 ** (365 / 60)))


def test_a_review_posted_again_counts_once(built):
    assert built.execute("select post_id, first_post_id from ml.post_duplicates").fetchall() == [("p3", "p1")]
    query = "select sign_count from marts.interests where term = '龙井茶'"
    assert built.execute(query).fetchall() == [(1,)]


def test_the_terms_say_which_dictionary_found_them(built):
    query = "select version, term_count from ml.dictionaries where business = 'shop'"
    [before] = built.execute(query).fetchall()
    accepted = "insert into seeds.domain_terms values ('shop', 'Jasmine Blossom', 'product', 3)"
    built.execute(accepted)
    assert main(["terms"]) == 0
    [after] = built.execute(query).fetchall()
    assert after[1] == before[1] + 1 and before[0] != after[0]
    terms = "select term from ml.product_terms where product_id = 'T0'"
    assert built.execute(terms).fetchall() == [("jasmine blossom",)]
    again = dbt(built.folder, "build", "--select", "interests", "--indirect-selection", "cautious")
    assert again.returncode == 0, again.stdout
    assert "jasmine blossom" in interests(built)["c1"]


def test_candidates_are_printed_as_rows_of_the_seed(built, capsys):
    built.execute("update marts.products set brand = 'Tea Garden'")
    assert main(["dictionary", "propose", "--business", "shop", "--at-most", "3"]) == 0
    header, first, *rest = capsys.readouterr().out.splitlines()
    columns = (
        "select column_name from information_schema.columns where table_name = 'domain_terms' order by ordinal_position"
    )
    assert header.split(",") == [name for (name,) in built.execute(columns)]
    assert first == "shop,tea garden,brand,4" and len(rest) == 2  # the catalogue's own names before those mined


def test_the_recount_sees_a_wrong_a_missing_and_an_invented_interest(built):
    """Last of this module: it damages the marts."""
    for damage in (
        "update marts.interests set weight = weight + 1 where term = 'ceramic'",
        "delete from marts.interests where term = 'carafe'",
        "update marts.interests set term = 'yacht' where term = 'pot'",
        "delete from marts.posts where post_id = 'p4'",
    ):
        assert built.execute(damage).rowcount == 1
    recounts = ("interests_add_up_to_their_signs", "posts_are_all_that_was_written")
    tested = dbt(built.folder, "test", "--select", *recounts)
    assert [f"FAIL {rows} {name}" in tested.stdout for rows, name in zip((4, 1), recounts, strict=True)] == [True, True]
