import json
import os
import re
import subprocess
import sys

import pytest

from tests.dbt.content import batch, crawl_run, customer, dbt, event, fill, insert, line, measure, product, recommend
from warehouse.connection import PROJECT

EMAIL_EVENTS = ["Email Delivered", "Email Opened", "Email Link Clicked", "Email Bounced", "Email Marked as Spam"]
EMAIL_EVENTS += ["Unsubscribed", "Resubscribed", "Email Sent", "Email Deferred", "Email Dropped", "Email Suppressed"]
EMAIL_EVENTS += ["Email Auto-Replied", "Email Opened by Proxy", "Email Initially Opened", "Email Preferences Changed"]


def gate(*arguments, **environment):
    command = [sys.executable, "-m", "expectations", *arguments]
    environment = os.environ | environment
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)


def failures(run):
    """What a gate says failed, as {(table, what was expected)}."""
    return set(re.findall(r"^(\w+\.\w+): expected (.*?); observed ", run.stdout, re.M))


@pytest.fixture(scope="module")
def good(module_warehouse, tmp_path_factory):
    """A warehouse in which every gate is green: raw, marts and lists of two businesses."""
    fill(module_warehouse)
    module_warehouse.execute("delete from raw.events where message_id = 'm8'")  # a clock that is years ahead
    batch(module_warehouse)
    built = dbt(tmp_path_factory.mktemp("dbt"), "build", "--exclude", "tag:campaign")
    assert built.returncode == 0, built.stdout
    recommend(module_warehouse)
    measure(module_warehouse)
    rows = json.dumps({"customers": 45, "products": 14, "orders": 50, "recommendations": 90})  # much as now
    module_warehouse.execute("insert into serving.releases values (1, 'f', true, %s)", [rows])
    return module_warehouse


@pytest.mark.parametrize("layer", ["raw", "marts", "ml"])
def test_a_gate_lets_good_content_through_and_keeps_its_results(good, layer):
    run = gate(layer, AIRFLOW_CTX_DAG_RUN_ID=f"good {layer}")
    assert run.returncode == 0, run.stdout + run.stderr
    stored = good.execute(
        "select count(*), bool_and(success) from quality.results where run_id = %s and layer = %s",
        [f"good {layer}", layer],
    ).fetchone()
    assert re.search(rf"^{layer}: {stored[0]} of {stored[0]} expectations met", run.stdout, re.M) and stored[1]


def test_the_gate_of_raw_lets_a_handful_of_bad_records_through_that_are_flagged_further_on(good):
    product(good, "dear", price=2_000_000_000)
    product(good, "foreign", currency="USD")
    product(good, "nameless", name=" ")
    line(good, "d1", "1", "T1", unit_price=2_000_000_000)
    line(good, "d1", "2", "T1", quantity=2_000_000)
    line(good, "d1", "3", "T1", status="lost", unit_price=-1, ordered_at="2031-01-01T00:00Z")
    event(good, "h1", "Product Viewed", anonymous_id="a", occurred_at="2031-01-01T00:00Z")
    insert(good, "raw.posts", post_id="h2", content="\n", posted_at="2026-03-26T00:00Z")
    run = gate("raw")
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_gate_of_raw_holds_nothing_against_a_source_whose_people_asked_to_be_forgotten(good):
    batch(good, source="known to the forgotten", quarantined=40, forgotten=35, run_id="some")
    batch(good, source="of the forgotten alone", quarantined=100, forgotten=100, run_id="all")
    run = gate("raw")
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_gate_of_raw_judges_the_time_of_an_event_free_of_the_clock_of_its_device(good):
    """More devices than any share lets through, all years ahead: their own clocks tell when it happened."""
    for number in range(20):
        times = {"occurred_at": "2036-03-20T10:00Z", "sent_at": "2036-03-20T10:00:02Z"}
        event(good, f"fast{number}", "Product Viewed", anonymous_id="fast", **times)
    run = gate("raw")
    assert run.returncode == 0, run.stdout + run.stderr
    good.execute("update raw.events set sent_at = null where anonymous_id = 'fast'")
    run = gate("raw")
    good.execute("delete from raw.events where anonymous_id = 'fast'")
    expected = (
        "occurred_at at most a day after its arrival in all but 10% of each source's rows, as far as they can tell"
    )
    assert failures(run) == {("raw.events", expected)}


def test_the_gate_of_raw_sees_each_defect(good):
    good.execute("alter table raw.events drop constraint events_pkey")
    event(good, "m1", "Product Viewed", anonymous_id="again")
    event(good, "n1", None)  # no name, no device
    for number in range(12):
        late = {"occurred_at": "2031-01-01T00:00Z"}
        event(good, f"late{number}", "Product Viewed", type="click", anonymous_id="a", **late)
        spoilt = {"name": " ", "currency": "USD", "price": 2_000_000_000, "last_seen_at": "2031-01-01T00:00Z"}
        product(good, f"P{number}", **spoilt)
    for number in range(3):
        customer(good, f"old{number}", birth_year=1800 + number, registered_at="2031-01-01T00:00Z")
    for number in range(40):
        spoilt = {"quantity": 2_000_000, "unit_price": -1, "status": "lost", "ordered_at": "2031-01-01T00:00Z"}
        line(good, "d2", number, "T1", **spoilt)
    line(good, "d3", "1", "T1", currency="EUR")
    insert(good, "raw.email_events", event_id="d1", event="Email Eaten", occurred_at="2031-01-01T00:00Z")
    for number in range(3):
        insert(good, "raw.posts", post_id=f"d{number}", content="\n", posted_at="2031-01-01T00:00Z")
    batch(good, quarantined=20, run_id="later")
    batch(good, source="other", quarantined=10)
    for day, bad in enumerate([0, 0, 1, 0, 0, 2]):
        batch(good, source="quiet", received=3, quarantined=bad, run_id=f"day {day}")
    batch(good, source="quiet and broken", received=30)
    for day in range(4):
        batch(good, source="quiet and broken", received=4, quarantined=4, run_id=f"day {day}")
    crawl_run(good, "before", {"name": 1.0, "price": 0.97, "colour": 0.3})
    crawl_run(good, "last", {"name": 1.0, "price": 0.2}, errors=3, started_at="2026-04-02T00:00Z")

    run = gate("raw", AIRFLOW_CTX_DAG_RUN_ID="bad raw")
    assert run.returncode == 1
    told = "of each source's rows, as far as they can tell"
    ahead = f"at most a day after its arrival in all but 1% {told}"
    ahead_of_flags = f"at most a day after its arrival in all but 10% {told}"
    assert failures(run) == {
        ("raw.batches", "at most 10% of what each source delivers in quarantine, as far as its last delivery can tell"),
        ("crawl.runs", "at most a fifth of each source's last requests in error"),
        ("crawl.runs", "in at least half of each source's last records the fields that nearly all had before"),
        ("raw.customers", "birth_year between 1900 and 2100 in 95% of the rows"),
        ("raw.customers", f"registered_at {ahead}"),
        ("raw.email_events", f"event is one of {', '.join(EMAIL_EVENTS)} in 95% of the rows"),
        ("raw.email_events", f"occurred_at {ahead}"),
        ("raw.events", "a device or a customer in 99% of each source's events"),
        ("raw.events", "a name in 99% of each source's track events"),
        ("raw.events", "no two rows with the same business, message_id"),
        ("raw.events", "type is one of track, page, screen, identify, group, alias in 99% of the rows"),
        ("raw.events", f"occurred_at {ahead_of_flags}"),
        ("raw.orders", "one currency in each business"),
        ("raw.orders", f"quantity between -1e+06 and 1e+06 in all but 10% {told}"),
        ("raw.orders", f"status is one of completed, cancelled, refunded in all but 10% {told}"),
        ("raw.orders", f"unit_price between 0 and 1e+09 in all but 10% {told}"),
        ("raw.orders", f"ordered_at {ahead_of_flags}"),
        ("raw.posts", f"content is not blank in all but 10% {told}"),
        ("raw.posts", f"posted_at {ahead}"),
        ("raw.products", f"name is not blank in all but 10% {told}"),
        ("raw.products", "one currency in all but 10% of what each business shows, as far as it can tell"),
        ("raw.products", f"price between 0 and 1e+09 in all but 10% {told}"),
        ("raw.products", f"last_seen_at {ahead}"),
    }
    stored = "select count(*) from quality.results where run_id = 'bad raw' and not success and observed is not null"
    assert good.execute(stored).fetchone()[0] == len(failures(run))
    assert all("next: " in text for text in run.stdout.splitlines() if "expected " in text and "observed " in text)
    kept = good.execute("select string_agg(observed, ' ') from quality.results").fetchone()[0]
    assert "Email Eaten" not in kept + run.stdout + run.stderr  # counts, never a value of a row


def test_the_gate_of_marts_sees_each_defect(good):
    good.execute(
        """update serving.releases set rows = '{"customers": 900, "products": 900, "orders": 900, "sessions": 900}'"""
    )
    good.execute("update marts.products set price = -1, currency = 'USD' where product_id = 'T2'")
    good.execute("update marts.products set name = null where product_id = 'T3'")
    good.execute("update marts.products set is_recommendable = false where business = 'online_retail'")
    good.execute("update marts.customers set revenue = -1 where customer_id = 'c1'")
    good.execute("update marts.interactions set weight = 'NaN' where interaction_id = 'order:o7:1'")
    good.execute("update marts.interactions set product_id = 'nowhere' where interaction_id = 'event:m1:T1'")
    good.execute("update marts.interactions set customer_id = 'nobody' where interaction_id = 'event:m6:T2'")
    good.execute("alter table marts.interactions alter occurred_at drop not null")
    good.execute("update marts.interactions set occurred_at = null where interaction_id = 'event:m6:T3'")
    good.execute("update marts.sessions set channel = null where customer_id = 'c1'")
    good.execute("delete from marts.interactions where business = 'online_retail'")
    good.execute("delete from marts.customers where business = 'online_retail'")

    run = gate("marts")
    assert run.returncode == 1
    assert failures(run) == {
        ("marts.products", "at least half as many rows as in the published release"),
        ("marts.orders", "at least half as many rows as in the published release"),
        ("marts.sessions", "at least half as many rows as in the published release"),
        ("marts.sessions", "channel in every row"),
        ("marts.customers", "at least half as many rows as in the published release"),
        ("marts.customers", "customers in every business that has orders with a customer"),
        ("marts.customers", "revenue between 0 and 1e+15"),
        ("marts.interactions", "finite weights"),
        ("marts.interactions", "interactions in every business whose customers bought"),
        ("marts.interactions", "known customers"),
        ("marts.interactions", "known products"),
        ("marts.interactions", "occurred_at in every row"),
        ("marts.products", "a name for every product that may be recommended"),
        ("marts.products", "at least one product to recommend in each business"),
        ("marts.products", "one currency in each business"),
        ("marts.products", "price between 0 and 1e+09"),
    }


def test_the_gate_of_ml_sees_each_defect(good):
    good.execute("delete from ml.recommendations where customer_id = 'c2' and rank = 4")
    good.execute("update ml.recommendations set product_id = 'T12' where customer_id = 'c3' and rank = 1")
    good.execute("update ml.recommendations set product_id = 'T2' where customer_id = 'c4' and rank in (2, 3)")
    good.execute("update ml.recommendations set score = 'NaN' where customer_id = 'c1' and rank = 1")
    good.execute("update ml.recommendations set run_id = 'older' where customer_id = 'c1' and rank = 2")
    good.execute(
        "insert into ml.discoveries select business, customer_id, 99, product_id, 0, 'hybrid', 'popular', '{}', 'older'"
        " from marts.training_interactions where event = 'Order Completed' limit 1"
    )
    good.execute(
        "insert into ml.discoveries select business, customer_id, 98, 'T12', 0, tier, reason_code, evidence, run_id"
        " from ml.discoveries where rank = 99"
    )
    good.execute(
        "insert into ml.exclusions select business, list, customer_id, product_id, 'no such rule', 1, run_id"
        " from ml.recommendations, unnest(array['recommendations', 'discoveries']) as list"
        " where customer_id = 'c1' and rank = 3"
    )
    good.execute("update serving.releases set rows = jsonb_set(rows, '{recommendations}', '9999')")
    good.execute("delete from ml.measures where model = 'popular' and metric = 'map'")
    good.execute("update ml.measures set value = 1.5 where model = 'lightfm' and metric = 'map'")
    good.execute("update ml.measures set metric = 'hits' where model = 'own_frequency' and metric = 'map'")
    good.execute("update ml.runs set is_current = false where business = 'shop'")
    good.execute("insert into ml.lifetime_values values ('shop', 'c1', 1.1, 1, -0.1, 1, 'NaN')")
    good.execute("insert into ml.lifetime_values values ('shop', 'nobody', 1, 1, 0.1, 1, 1)")
    good.execute("insert into ml.next_products values ('shop', 'c1', 2, 'T1', 1.5, 'foretold', 'popular', '{}')")

    good.execute("insert into ml.channel_credits values ('shop', 'markov_1', 'Email', 'CNY', 1, 1, 1)")
    sane = "'all', 'orders', 9, 9, 1, 1, {}, 0, 1, null, {}, 1, 1, 0, 0, 0, 0, 0, 1, 1, null, 0, 0, 0, 'Email', {}"
    lift = "insert into ml.campaign_lift values ('shop', '{}', 'treatment', " + sane + ")"
    verdict = "insert into ml.campaign_verdicts values ('shop', '{}', 'Email', '{}', 'why', 9, 9, 0, null, 0.5, null)"
    for campaign, found in (("odd", "comparable"), ("broken", "broken split")):
        good.execute(verdict.format(campaign, found))
    good.execute(lift.format("odd", 2, 1.5, "true"))
    good.execute(lift.format("broken", 0.5, 0.5, "false"))

    run = gate("ml")
    assert run.returncode == 1
    models, metrics = "lightfm, popular, own_frequency", "recall, ndcg, map, hit_rate"
    assert failures(run) == {
        ("ml.campaign_lift", "differences within their intervals"),
        ("ml.campaign_lift", "effects of comparable campaigns only, and nothing of those whose split is broken"),
        ("ml.campaign_lift", "p_value between 0 and 1"),
        ("ml.channel_credits", "credits that add up to all conversions and revenue"),
        ("ml.lifetime_values", "alive_probability between 0 and 1"),
        ("ml.lifetime_values", "churn_risk between 0 and 1"),
        ("ml.lifetime_values", "customers that the marts know"),
        ("ml.lifetime_values", "lifetime_value between 0 and 1e+15"),
        ("ml.discoveries", "known products that may be recommended"),
        ("ml.discoveries", "lists of the current run"),
        ("ml.discoveries", "nothing that the customer bought"),
        ("ml.exclusions", "nothing that is in the list after all"),
        ("ml.exclusions", "rules of the seed"),
        (
            "ml.measures",
            "metric is one of recall, ndcg, map, hit_rate, new_recall, new_ndcg, new_map, new_hit_rate, cold_ndcg",
        ),
        ("ml.measures", "value between 0 and 1"),
        ("ml.measures", f"{metrics} of {models} in each current run that could be measured"),
        ("ml.next_products", "probability between 0 and 1"),
        ("ml.next_products", "products that are suitable for the customer"),
        ("ml.next_products", "ranks from 1 without a gap, each product once, by falling probability"),
        ("ml.recommendations", "at least half as many rows as in the published release"),
        ("ml.recommendations", "finite scores"),
        ("ml.recommendations", "known customers"),
        ("ml.recommendations", "known products that may be recommended"),
        ("ml.recommendations", "lists of the current run"),
        ("ml.recommendations", "no product twice in a list"),
        (
            "ml.recommendations",
            "ranks 1 to 10 without a gap for every customer, fewer where too few are on offer or rules say no",
        ),
        ("ml.runs", "one current run in each business with customers and something to recommend"),
    }


def test_nothing_at_all_is_no_pass(warehouse):
    run = gate("raw")
    assert run.returncode == 1
    assert failures(run) == {("raw.batches", "at least one row"), ("raw.batches", "some record ever loaded")}


def test_marts_that_were_never_built_name_the_command_that_builds_them(warehouse):
    run = gate("marts")
    assert run.returncode == 1
    assert "marts.customers" in run.stderr and "dbt build" in run.stderr and "Traceback" not in run.stderr


def test_a_layer_that_is_none_is_bad_usage():
    run = gate("serving")
    assert run.returncode == 2 and "usage" in run.stderr


def test_no_database_is_said_without_a_stack_trace(tmp_path):
    environment = {"HUAXIANG_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "expectations", "raw"]
    run = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert run.returncode == 1 and "python -m warehouse start" in run.stderr and "Traceback" not in run.stderr
