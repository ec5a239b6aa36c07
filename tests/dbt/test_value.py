"""What the portrait says of the demo shop's customers, beside slow and obvious reckonings from raw."""

import os
import subprocess
import sys
from collections import defaultdict
from datetime import timedelta

import pandas as pd
import pytest

from tests.dbt.content import dbt, line
from tests.dbt.slow_rfm import found_rfm, order_lines, rfm
from tests.dbt.slow_segments import members
from warehouse.connection import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SOURCES = ["shop_products", "shop_customers", "shop_events", "shop_orders", "shop_email_events"]
BUILD = ("build", "--exclude", "tag:campaign", "test_type:unit")
SMALLEST_CELL = 15  # customers; the world of the tests is small
# Nobody is contacted yet.
LEARNED = ("build", "--vars", f"smallest_cell: {SMALLEST_CELL}", "--indirect-selection", "cautious")
LEARNED += ("--select", "tag:learned", "--exclude", "test_type:unit")
DEFAULTS = {"analytics": True, "personalisation": True, "email": False, "advertising": False}
UNREGISTERED = DEFAULTS | {"email": True}
PORTRAITS = ("rfm", "preferences", "basket_habits", "customer_values", "segment_memberships")


def python(*words, **own):
    command = [sys.executable, "-m", *words]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | own, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def built(folder, *words):
    run = dbt(folder, *words)
    assert run.returncode == 0, run.stdout


@pytest.fixture(scope="module")
def valued(module_warehouse, shop, tmp_path_factory):
    """The warehouse after the demo shop was collected, transformed, valued and segmented."""
    for source in SOURCES:
        python("scrapers", source, SHOP_URL=shop[0])
    folder = tmp_path_factory.mktemp("value")
    built(folder, *BUILD)
    python("ml", "terms")
    python("ml", "value")
    built(folder, *LEARNED)
    module_warehouse.folder = folder
    return module_warehouse


def rows(connection, query, *values):
    return connection.execute(query, values).fetchall()


def now(connection):
    return rows(connection, "select now_at from intermediate.int_businesses__clocked where business = 'shop'")[0][0]


@pytest.fixture(scope="module")
def said(valued):
    """Per customer what was said when: (moment, consents) of each version, in order; and the first opt-out."""
    versions, opt_outs, known, addresses = defaultdict(list), {}, {}, defaultdict(set)
    query = """
        select customer_id, coalesce(updated_at, registered_at), registered_at, consents, email_index from raw.customers
        order by updated_at, loaded_at, position
    """
    for customer, at, registered_at, consents, email_index in rows(valued, query):
        versions[customer].append((at if versions[customer] else min(at, registered_at), consents or {}))
        addresses[email_index].add(customer)
    query = """
        select email_index, min(occurred_at) from raw.email_events
        where event in ('Unsubscribed', 'Email Marked as Spam') group by 1
    """
    for email_index, at in rows(valued, query):
        for customer in addresses.get(email_index, ()):
            opt_outs[customer] = min(at, opt_outs.get(customer, at))
    for customer, at in rows(valued, "select customer_id, min(ordered_at) from raw.orders group by 1"):
        known[customer] = at
    return versions, opt_outs, known


def granted(said, customer, purpose, at):
    """Say whether a purpose was granted at a moment; None before the customer was known by registration or order."""
    versions, opt_outs, known = said
    before = [consents for moment, consents in versions[customer] if moment <= at]
    if purpose == "email" and customer in opt_outs and opt_outs[customer] <= at:
        return False
    if before:
        return before[-1].get(purpose, DEFAULTS[purpose])
    return UNREGISTERED[purpose] if customer in known and known[customer] <= at else None


def objectors(said, purpose):
    return {customer for customer in said[0] if not granted(said, customer, purpose, pd.Timestamp.max.tz_localize("UTC"))}


def test_consents_of_any_moment_are_what_was_last_said_before_it(valued, said):
    query = """
        select customer_id, purpose, is_granted from marts.consents
        where business = 'shop' and valid_from <= %(at)s and (valid_to is null or valid_to > %(at)s)
    """
    answers, changed = [], set()
    for days_ago in range(0, 90, 9):
        at = now(valued) - timedelta(days=days_ago)
        found = {row[:2]: row[2] for row in valued.execute(query, {"at": at})}
        for customer in said[0]:
            for purpose in DEFAULTS:
                expected = granted(said, customer, purpose, at)
                if expected is not None:
                    assert found[customer, purpose] == expected, (customer, purpose, at)
                    answers.append(expected)
        changed |= {key for key, is_granted in found.items() if is_granted != granted(said, *key, now(valued))}
    assert len(answers) > 5_000 and len(changed) > 10


def test_whoever_objects_is_in_no_portrait_and_in_no_training(valued, said):
    objecting = objectors(said, "analytics")
    assert len(objecting) > 5
    bought = {customer for (customer,) in rows(valued, "select customer_id from marts.orders where line_count > 0")}
    assert objecting & bought
    for table in PORTRAITS:
        found = {customer for (customer,) in rows(valued, f"select customer_id from marts.{table}")}
        assert found and not found & objecting, table
    learned_from = {customer for (customer,) in rows(valued, "select customer_id from marts.training_interactions")}
    seen = {customer for (customer,) in rows(valued, "select customer_id from marts.interactions")}
    refusing = objectors(said, "personalisation")
    assert seen & refusing and learned_from == seen - refusing


def test_rfm_is_what_pandas_says(valued, said):
    lines = order_lines(valued, "shop")
    lines = lines[~lines.customer_id.isin(objectors(said, "analytics"))]
    expected = rfm(lines, now(valued))
    found = found_rfm(valued, "shop")
    pd.testing.assert_frame_equal(found, expected.sort_index(), check_dtype=False)
    assert found.monetary.sum() == lines[lines.is_kept].revenue.sum() > 0
    assert len(found) > 150


def last_acts(connection):
    """When each customer last did anything: {customer: moment}."""
    tables = ("marts.interactions", "intermediate.int_events__attributed", "intermediate.int_email_clicks__attributed")
    acts = [row for table in tables for row in rows(connection, f"select customer_id, occurred_at from {table}")]
    return pd.DataFrame(acts, columns=["customer_id", "occurred_at"]).groupby("customer_id").occurred_at.max()


def test_preferred_categories_and_brands_are_the_weights_of_what_was_done_each_halved_in_sixty_days(valued, said):
    query = """
        select customer_id, category, brand, weight, occurred_at
        from marts.interactions join marts.products using (business, product_id)
    """
    done = pd.DataFrame(rows(valued, query), columns=["customer_id", "category", "brand", "weight", "occurred_at"])
    age = done.customer_id.map(last_acts(valued)) - done.occurred_at
    done["weight"] *= 0.5 ** (age / timedelta(days=60))
    done = done[~done.customer_id.isin(objectors(said, "analytics"))]
    for dimension in ("category", "brand"):
        expected = done.groupby(["customer_id", dimension]).weight.sum()
        expected = expected[expected > 0]
        query = "select customer_id, value, weight, share, rank from marts.preferences where dimension = %s"
        found = pd.DataFrame(rows(valued, query, dimension), columns=["customer_id", dimension, "weight", "share", "rank"])
        found = found.set_index(["customer_id", dimension]).sort_index()
        assert found.weight.to_dict() == pytest.approx(expected.to_dict())
        shares = (expected / expected.groupby("customer_id").transform("sum")).to_dict()
        assert found.share.to_dict() == pytest.approx(shares)
        first = found[found["rank"] == 1].weight.groupby("customer_id").max()
        assert first.to_dict() == pytest.approx(expected.groupby("customer_id").max().to_dict())


def test_segments_are_who_their_rules_mean(valued, said):
    query = "select segment_id, customer_id from marts.segment_memberships where left_at is null"
    found = set(rows(valued, query))
    assert found == members(valued, objectors(said, "analytics"), now(valued))
    assert len({segment for segment, _ in found}) >= 8


def test_published_counts_are_right_and_speak_of_no_few(valued, said):
    belonging = defaultdict(set)
    for segment, customer in members(valued, objectors(said, "analytics"), now(valued)):
        belonging[segment].add(customer)
    sizes = dict(rows(valued, "select segment_id, size from marts.segments where business = 'shop'"))
    assert None in sizes.values()
    told = {segment: size for segment, size in sizes.items() if size is not None}
    assert told and told == {segment: len(belonging[segment]) for segment in told}
    overlaps = rows(valued, "select segment_id, other_segment_id, customers from marts.segment_overlaps")
    assert overlaps
    for one, other, customers in overlaps:
        assert customers == len(belonging[one] & belonging[other])
        beyond = [len(belonging[one] - belonging[other]), len(belonging[other] - belonging[one])]
        assert all(count == 0 or count >= SMALLEST_CELL for count in beyond)
    assert min([*told.values(), *(row[2] for row in overlaps)]) >= SMALLEST_CELL


def memberships(connection):
    query = "select segment_id, customer_id, entered_at, left_at from marts.segment_memberships order by 1, 2, 3"
    return rows(connection, query)


def test_history_is_kept_on_the_datas_clock_and_by_a_full_refresh(valued):
    """Last of this module: it changes the world."""
    before, first = memberships(valued), now(valued)
    assert {row[2:] for row in before} == {(first, None)}
    built(valued.folder, "run", "--select", "segment_memberships", "--full-refresh")
    assert memberships(valued) == before

    others = {row[1] for row in before if row[0] == "puer_drinkers"}
    customer = next(row[1] for row in before if row[0] == "never_bought" and row[1] not in others)
    query = "select product_id from marts.products where business = 'shop' and name like '%%普洱茶%%' order by 1"
    (product,) = rows(valued, query)[0]
    later = first + timedelta(days=1)
    line(valued, "later", "1", product, customer_id=customer, ordered_at=later, loaded_at=later)
    objector = next(row[1] for row in before if row[1] != customer)
    query = """
        update raw.customers set consents = jsonb_set(consents, '{analytics}', 'false') where customer_id = %s
    """
    valued.execute(query, [objector])
    built(valued.folder, *BUILD, "resource_type:test")
    built(valued.folder, *LEARNED, "resource_type:test")
    after = memberships(valued)
    assert ("never_bought", customer, first, later) in after
    assert ("new_buyers", customer, later, None) in after
    assert ("puer_drinkers", customer, later, None) in after
    assert objector not in {row[1] for row in after}
