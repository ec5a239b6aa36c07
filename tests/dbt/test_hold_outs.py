"""Nobody who is held out is in any exported file, whatever campaigns there are and whoever is the same person."""

import csv
import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dbt.content import dbt
from warehouse import vault
from warehouse.connection import acting_as
from warehouse.export import export

CUSTOMERS = [f"c{n}" for n in range(12)]
MODELS = ("int_customers__sharing", "draws", "assignments", "int_contacts__capped", "campaign_offers")
TABLES = """
    create table seeds.campaigns (
        business text, campaign_id text, audience_id text, channel text, hold_out_share numeric, salt text,
        starts_on date, ends_on date
    );
    create table seeds.quiet_hours (business text, channel text, time_zone text, quiet_from text, quiet_until text);
    create table seeds.global_hold_outs (business text, hold_out_share numeric, salt text);
    create table seeds.contact_rules (business text, rule_id text, kind text, channel text, times int, hours int);
    create table seeds.channel_words (word text, channel text, is_heard_back bool);
    create table staging.stg_shop__customers (business text, customer_id text, email_index bytea, phone_index bytea);
    create table intermediate.int_contacts__forbidden (business text, campaign_id text, customer_id text);
    create table intermediate.int_businesses__clocked as select 'toy' as business, now() as now_at;
    create table marts.audiences (business text, audience_id text, customer_id text);
    create table marts.draws (
        business text, campaign_id text, customer_id text, hold_out_share numeric, bucket numeric, is_held_out bool,
        drawn_at timestamptz
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


def build(connection):
    """Build the models as a day does: what was drawn before stays."""
    for name, text in connection.models.items():
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
