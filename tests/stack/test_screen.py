import json
from pathlib import Path

import pytest

from stack import screen
from stack.airflow import Airflow
from stack.chain import Stage, last_error
from stack.lifecycle import Stack
from warehouse.connection import environment
from warehouse.publish import PUBLISHED, publish

RUN, TOY = "demo-1", "toy"
STAGES = [Stage("collect", RUN, 12.3), Stage("transform", "t", 30.0)]
MARTS = {
    "customers": "business text, customer_id text",
    "products": "business text, product_id text, name text",
    "orders": "business text, order_id text",
    "interests": "business text, customer_id text, term text",
}


@pytest.fixture
def finished(warehouse):
    """A warehouse as a chain leaves it: a ledger, quarantine, a model's measures, one release."""
    warehouse.execute("create schema if not exists marts")
    keys = {name: ", ".join(f"{column} text" for column in key) for (_, name), key in PUBLISHED.values()}
    published = {name: keys[name] for (schema, name), _ in PUBLISHED.values() if schema == "marts"}
    for name, columns in (published | MARTS).items():
        warehouse.execute(f"create table marts.{name} ({columns})")
    for number in range(1, 8):
        warehouse.execute("insert into marts.products values (%s, %s, %s)", [TOY, f"P{number}", f"Tea {number}"])
    ledger(warehouse, RUN, "toy_orders", 1000, 900, 60, 40)
    ledger(warehouse, "another-run", "toy_orders", 7, 7, 0, 0)
    warehouse.execute(
        "insert into ml.runs values (%s, 'r1', 'f', %s, now(), 10, 7, 50, true, now(), now())",
        [TOY, json.dumps({"published_model": "two_stage"})],
    )
    for model, value in (("two_stage", 0.31), ("popular", 0.11), ("ease", 0.2)):
        warehouse.execute("insert into ml.measures values (%s, 'r1', %s, 'recall', 10, %s, 250)", [TOY, model, value])
    recommend(warehouse, "C2", "hybrid", ["bought_before", "similar_to"] + ["popular"] * 4)
    recommend(warehouse, "C1", "popular", ["popular"] * 6)
    publish(warehouse)
    return Stack(environment(), Path("toy.yml"), Airflow(8080))


def ledger(warehouse, run, source, *counts):
    (batch,) = warehouse.execute(
        "insert into raw.batches (run_id, business, source, table_name, received, loaded, duplicate, quarantined,"
        " started_at, finished_at) values (%s, %s, %s, 'orders', %s, %s, %s, %s, now(), now()) returning batch_id",
        [run, TOY, source, *counts],
    ).fetchone()
    for position, reason in enumerate(["wrong_type", "wrong_type", "missing_field"] if counts[-1] else []):
        warehouse.execute(
            "insert into quarantine.records (business, source, table_name, batch_id, position, reason, original,"
            " original_index) values (%s, %s, 'orders', %s, %s, %s, '', %s)",
            [TOY, source, batch, position, reason, bytes([position])],
        )


def recommend(warehouse, customer, tier, codes):
    evidence = {"orders": 3, "name": "Pu'er", "rank": 1}
    for rank, code in enumerate(codes, start=1):
        warehouse.execute(
            "insert into ml.recommendations values (%s, %s, %s, %s, 0.5, %s, %s, %s, 'r1')",
            [TOY, customer, rank, f"P{rank}", tier, code, json.dumps(evidence)],
        )


def shown(finished, stays=False):
    return screen.lines(finished, STAGES, 99.4, 2 * 2**30, stays)


def test_the_screen_shows_what_this_run_received_and_why_something_was_kept_out(finished):
    (line,) = [line for line in shown(finished) if line.startswith("toy_orders")]
    assert line.split() == ["toy_orders", "1,000", "900", "60", "40", "wrong_type"]


def test_the_screen_names_the_release_and_its_rows(finished):
    assert any(line.startswith("release 1 of 20") and "7 products" in line for line in shown(finished))


def test_the_published_model_stands_beside_the_baselines_and_no_other(finished):
    text = "\n".join(shown(finished))
    assert "recall@10   250 customers judged" in text
    assert [line.split() for line in text.splitlines() if line.startswith(("two_stage", "popular", "ease"))] == [
        ["popular", "0.1100"],
        ["two_stage", "0.3100"],
    ]


def test_a_customer_with_a_history_is_shown_with_five_products_and_reasons(finished):
    lines = shown(finished)
    at = lines.index("for customer C2:")
    assert len([line for line in lines[at + 1 :] if line.startswith("  ")]) == 5
    assert lines[at + 1].split(maxsplit=3) == ["1.", "Tea", "1", "bought before (3×)"]
    assert lines[at + 2].endswith("goes with Pu'er")


def test_the_screen_says_how_long_how_much_and_where_to_look(finished):
    text = "\n".join(shown(finished)[-3:])
    assert "collect 12 s · transform 30 s · whole 99 s · peak memory 2.0 GB" in text
    assert "python -m warehouse psql" in text and "http://127.0.0.1:8080 after `python -m stack up`" in text
    assert "after" not in shown(finished, stays=True)[-1]


def test_the_screen_never_has_more_than_thirty_lines(finished, warehouse):
    for number in range(40):
        ledger(warehouse, RUN, f"source_{number}", 1, 1, 0, 0)
    assert len(shown(finished)) == screen.MOST_LINES == 30
    assert shown(finished)[-1].startswith("Airflow:")


def test_a_second_run_without_news_says_so(finished):
    assert "nothing new since the last run" in screen.lines(finished, [Stage("collect", "demo-2", 1)], 1, 1, False)


def test_a_warehouse_without_a_release_has_a_screen_too(warehouse):
    stack = Stack(environment(), Path("toy.yml"), Airflow(8080))
    assert "no recommendations were published" in shown(stack)


@pytest.mark.parametrize(
    ("code", "evidence", "words"),
    [
        ("bought_before", {"orders": 2}, "bought before (2×)"),
        ("shared_terms", {"terms": ["oolong", "roast"], "name": "Tie"}, "shares oolong, roast with Tie"),
        ("similar_to", {"name": "Tie", "products": [{"product_id": "P1", "name": "Tie"}]}, "goes with Tie"),
        ("similar_to", {"name": None, "products": []}, "goes with a product without a name"),
        ("popular", {}, "popular"),
        ("rule", {"rule": "star"}, "put there by the rule star"),
        ("a_new_code", {"x": 1}, "a_new_code"),
    ],
)
def test_a_reason_is_said_in_words_and_an_unknown_one_by_its_code(code, evidence, words):
    assert screen.reason(code, evidence) == words


def test_chinese_names_take_two_cells_a_character():
    assert screen.fitted("茶 Tea", 8) == "茶 Tea  "
    assert screen.fitted("茶茶茶", 5) == "茶茶 "


def test_the_last_line_that_speaks_of_trouble_is_the_error():
    lines = ["reading", "ValueError: no such column", "done", "Command exited with return code 1"]
    assert last_error(lines) == "ValueError: no such column"
    assert last_error(["reading", "42", ""]) == "42"
    assert last_error([]) == "it printed nothing"
