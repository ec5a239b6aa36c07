"""Nobody who is held out is in any exported file, whatever campaigns there are and whoever is the same person."""

import csv
import hashlib
from collections import Counter
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.lift.statistics import split_p_value
from tests.dbt.content import dbt
from warehouse import vault
from warehouse.connection import acting_as
from warehouse.export import export

CUSTOMERS = [f"c{n}" for n in range(12)]
MODELS = ("int_customers__sharing", "int_contacts__eligible", "draws", "assignments", "int_contacts__capped")
MODELS += ("campaign_offers",)
TABLES = """
    create table seeds.campaigns (
        business text, campaign_id text, audience_id text, channel text, hold_out_share numeric, salt text,
        starts_on date, ends_on date
    );
    create table seeds.quiet_hours (business text, channel text, time_zone text, quiet_from text, quiet_until text);
    create table seeds.channel_addresses as
        select * from (values ('email', 'email'), ('social', 'email or phone')) as needed (channel, address);
    create table seeds.global_hold_outs (business text, hold_out_share numeric, salt text);
    create table seeds.contact_rules (business text, rule_id text, kind text, channel text, times int, hours int);
    create table seeds.channel_words (word text, channel text, is_heard_back bool);
    create table staging.stg_shop__customers (business text, customer_id text, email_index bytea, phone_index bytea);
    create table intermediate.int_contacts__forbidden (business text, campaign_id text, customer_id text);
    create table intermediate.int_businesses__clocked as select 'toy' as business, now() as now_at;
    create table marts.audience_definitions (business text, audience_id text, version text);
    create table marts.audiences (business text, audience_id text, customer_id text);
    create table marts.draws (
        business text, campaign_id text, customer_id text, stratum text, hold_out_share numeric, bucket numeric,
        position numeric, is_held_out bool, drawn_at timestamptz
    );
    create table seeds.campaign_strata (business text, campaign_id text, attribute text);
    create table intermediate.int_customers__characterised (
        business text, customer_id text, attribute text, of_value text, text_value text
    );
    create table marts.touches (
        business text, touch_id text, customer_id text, campaign_id text, kind text, channel text, touched_at timestamptz
    );
    create table marts.product_suitability (business text, customer_id text, product_id text, is_suitable bool);
    create table marts.products as
        select 'toy' as business, 'p' as product_id, 'Tea' as name, null as url;
    insert into ml.recommendations
        select 'toy', 'c' || n, 1, 'p', 1, 'warm', 'popular', '{}', 'run' from generate_series(0, 11) as n;
"""
FILLED = ("seeds.campaigns", "seeds.global_hold_outs", "staging.stg_shop__customers", "marts.audiences", "marts.draws")
FILLED += ("seeds.campaign_strata", "intermediate.int_customers__characterised")
RESEED = """
    update seeds.campaigns set salt = salt || 'another', hold_out_share = 1 - hold_out_share;
    update seeds.global_hold_outs set salt = 'another', hold_out_share = 1 - hold_out_share;
"""
shares = st.sampled_from([0, 0.1, 0.3, 0.5, 0.9, 1])
campaigns = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["email", "social", "site"]), shares, st.text("xyz", max_size=3)),
    min_size=1,
    max_size=3,
)


@pytest.fixture(scope="module")
def drawn(module_warehouse, tmp_path_factory):
    """The SQL of the draw and the offers as dbt would run it the next day, on tables that a test fills."""
    folder = tmp_path_factory.mktemp("dbt")
    module_warehouse.execute("set role transformer")
    module_warehouse.execute("create schema if not exists staging; create schema if not exists seeds")
    module_warehouse.execute("reset role")
    module_warehouse.execute(TABLES)
    run = dbt(folder, "compile", "--select", *MODELS)
    assert run.returncode == 0, run.stdout
    found = {path.stem: path.read_text() for path in (folder / "target" / "compiled").rglob("*.sql")}
    module_warehouse.models = {name: found[name] for name in MODELS}
    return module_warehouse


def is_held(salt, customer, share):
    return int(hashlib.sha256(f"{salt}:{customer}".encode()).hexdigest()[:8], 16) / 2**32 < share


def people(addresses):
    """Return by customer all who hang together with them by an address, the slow way."""
    groups = {customer: {customer} for customer in CUSTOMERS}
    for _ in CUSTOMERS:
        for first, one in zip(CUSTOMERS, addresses, strict=True):
            for second, other in zip(CUSTOMERS, addresses, strict=True):
                if one is not None and one == other:
                    groups[first] |= groups[second]
    return groups


def fill(connection, found, global_share, addresses):
    for table in FILLED:
        connection.execute(f"truncate {table}")
    for place, (audience, channel, share, salt) in enumerate(found):
        row = [f"k{place}", audience, channel, share, salt]
        connection.execute("insert into seeds.campaigns values ('toy', %s, %s, %s, %s, %s, '2026-01-01', null)", row)
    connection.execute("insert into seeds.global_hold_outs values ('toy', %s, 'all')", [global_share])
    for place, (customer, address) in enumerate(zip(CUSTOMERS, addresses, strict=True)):
        row = [customer, None if address is None else bytes([address])]
        connection.execute("insert into staging.stg_shop__customers values ('toy', %s, %s, null)", row)
        for audience in "ab" if place % 3 else "a":
            connection.execute("insert into marts.audiences values ('toy', %s, %s)", [audience, customer])


def build(connection, *names):
    """Build models, else all, as a day does: what was drawn before stays."""
    for name in names or MODELS:
        text = connection.models[name]
        schema = "intermediate" if name.startswith("int_") else "marts"
        if name == "draws":
            connection.execute(f"insert into marts.draws {text}")
            continue
        connection.execute(f"drop table if exists {schema}.{name}")
        connection.execute(f"create table {schema}.{name} as {text}")


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(campaigns, shares, st.lists(st.none() | st.integers(0, 4), min_size=12, max_size=12))
def test_nobody_held_out_nor_anyone_who_is_the_same_person_is_in_any_file(drawn, found, global_share, addresses):
    fill(drawn, found, global_share, addresses)
    groups = people(addresses)
    for seeds in ("as first drawn", "changed"):
        if seeds == "changed":
            drawn.execute(RESEED)
        build(drawn)
        exported = exports(drawn)
        for place, (audience, _, share, salt) in enumerate(found):
            members = {customer for n, customer in enumerate(CUSTOMERS) if audience == "a" or n % 3}
            held = {
                customer
                for customer in members
                if any(is_held(salt, one, share) or is_held("all", one, global_share) for one in groups[customer])
            }
            assert exported.get(f"k{place}", set()) == members - held, seeds


def exports(connection):
    """Return by campaign who is in its exported file; campaigns without a file are left out."""
    with TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUAXIANG_KEY_FILE", str(vault.key_file()))
        patch.setenv("HUAXIANG_HOME", home)
        with acting_as("exporter"), psycopg.connect("", autocommit=True) as session:
            list(export(session))
        found = {}
        for path in (Path(home) / "exports").glob("toy-k?.csv"):
            with path.open(newline="") as file:
                found[path.stem.removeprefix("toy-")] = {row["customer_id"] for row in csv.DictReader(file)}
        return found


def join(connection, newcomers):
    """Let customers, pairs of a number and a city, into the audience in this order, and draw."""
    for number, city in newcomers:
        customer = f"n{number}"
        connection.execute("insert into marts.audiences values ('toy', 'a', %s)", [customer])
        row = [customer, "city", city]
        connection.execute("insert into intermediate.int_customers__characterised values ('toy', %s, %s, null, %s)", row)
    build(connection, "int_customers__sharing", "int_contacts__eligible", "draws", "assignments")
    query = "select customer_id, arm, stratum, draws.hold_out_share from marts.assignments"
    query += " inner join marts.draws using (business, campaign_id, customer_id) order by 1"
    return {customer: tuple(row) for customer, *row in connection.execute(query).fetchall()}


def stratified(connection, share):
    """Fill in one campaign of everybody, stratified by city; nobody is there yet."""
    fill(connection, [("a", "email", share, "salt")], 0, [None] * len(CUSTOMERS))
    connection.execute("truncate marts.audiences")
    connection.execute("insert into seeds.campaign_strata values ('toy', 'k0', 'city')")


def off_balance(arms):
    """Return by how many customers the hold-out of a stratum is off its share at most."""
    held, planned = Counter(), Counter()
    for arm, stratum, share in arms.values():
        held[stratum] += arm == "hold_out"
        planned[stratum] += share
    return max(abs(held[stratum] - planned[stratum]) for stratum in planned)


days = st.lists(st.lists(st.sampled_from(["Riga", "Graz", "Lyon", None]), max_size=30), min_size=2, max_size=4)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days, shares, st.randoms(use_true_random=False))
def test_each_stratum_holds_out_its_share_to_within_one_and_nobody_moves_whenever_they_come(drawn, days, share, chance):
    found = []
    for is_shuffled in (False, True):
        stratified(drawn, share)
        number, before = count(), {}
        for day, cities in enumerate(days):
            newcomers = [(next(number), city) for city in cities]
            if is_shuffled:
                chance.shuffle(newcomers)
            after = join(drawn, newcomers)
            assert {customer: after[customer] for customer in before} == before
            assert len(after) == len(before) + len(cities) and (not after or off_balance(after) < 1)
            before = after
            drawn.execute("update seeds.campaigns set salt = salt || %s, hold_out_share = 1 - hold_out_share", [str(day)])
            if day == 0:  # a city that is called otherwise later is a stratum of its own from then on
                drawn.execute(
                    "update intermediate.int_customers__characterised set text_value = 'Rīga' where text_value = 'Riga'"
                )
        found.append(before)
    assert found[0] == found[1], "the order within a day says nothing"


@pytest.mark.slow
def test_strata_too_small_for_anybody_to_be_held_out_hold_out_their_share_all_together(drawn):
    """A tenth of 300 cities of three customers each: rounded down, nobody would be left alone."""
    stratified(drawn, 0.1)
    arms = join(drawn, [(number, f"city {number // 3}") for number in range(900)])
    held = Counter(stratum for arm, stratum, _ in arms.values() if arm == "hold_out")
    print(f"\n{sum(held.values())} of 900 held out, at most {max(held.values())} of a city")
    assert off_balance(arms) < 1 and max(held.values()) == 1
    assert split_p_value(np.array([900 - sum(held.values()), sum(held.values())]), np.array([0.9, 0.1])) > 0.001
