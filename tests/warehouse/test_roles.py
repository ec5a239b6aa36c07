"""Every role may do what its stage needs and nothing else; readers see the rows of their business alone."""

import os

import psycopg
import pytest

from warehouse import connection, permissions, roles, subject_keys
from warehouse.publish import PUBLISHED, publish

NOT_ALLOWED = psycopg.errors.InsufficientPrivilege
CUSTOMERS = {"shop": 3, "bank": 5}


@pytest.fixture(scope="module")
def published(module_warehouse):
    """A release with customers of two businesses."""
    for (schema, name), key in PUBLISHED.values():
        if schema == "marts":
            columns = ", ".join(f"{column} text not null default 'x'" for column in key)
            module_warehouse.execute(f"create table marts.{name} ({columns})")
    for business, many in CUSTOMERS.items():
        query = "insert into marts.customers (business, customer_id) select %s, 'c' || n from generate_series(1, %s) n"
        module_warehouse.execute(query, [business, many])
    publish(module_warehouse)
    roles.apply()  # what was made by the owner before becomes dbt's and the publisher's
    return module_warehouse


@pytest.fixture
def change(published):
    """A connection whose changes are taken back."""
    with psycopg.connect("") as session:
        yield session
        session.rollback()


def allowed(role, statement):
    """Say whether a role may run a statement; what it does is taken back."""
    with connection.acting_as(role), psycopg.connect("") as session:
        try:
            session.execute(statement)
        except NOT_ALLOWED:
            return False
        finally:
            session.rollback()
    return True


STATEMENTS = {
    "select customer_id from raw.customers": "loader transformer inspector exporter",
    "select email_encrypted from raw.customers": "transformer inspector exporter",
    "insert into raw.cursors (source, cursor) values ('s', '{}')": "loader",
    "delete from raw.customers": "",
    "update raw.customers set city = 'x'": "",
    "select original from quarantine.records": "loader inspector exporter",
    "delete from quarantine.records": "",
    "create table marts.new (n int)": "transformer",
    "insert into marts.customers (business, customer_id) values ('shop', 'new')": "transformer",
    "select * from marts.customers": "transformer learner publisher exporter inspector",
    "delete from ml.recommendations": "learner",
    "select * from ml.recommendations": "transformer learner publisher inspector",
    "insert into quality.results (run_id, layer, suite, expectation, kwargs, success)"
    " values ('r', 'raw', 's', 'e', '{}', true)": "inspector",
    "create schema release_99": "publisher transformer",
    "create view serving.new as select 1 as n": "publisher",
    "update serving.releases set is_current = false": "publisher",
    "insert into serving.readers values ('bi_reader', 'bank')": "",
    "select * from serving.customers": "publisher api bi_reader",
    "select * from release_1.customers": "publisher api bi_reader",
    "select * from activation.audience_rules": "transformer inspector exporter",
    "insert into activation.syncs (file, rows, added, removed, changed, sha256)"
    " values ('f', 1, 1, 0, 0, 'x')": "exporter",
    "delete from activation.audience_rules": "exporter",
    "create table public.mine (n int)": "",
    "create role mine": "",
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_each_role_may_do_what_it_needs_and_nothing_else(published, statement):
    assert {role for role in permissions.ROLES if allowed(role, statement)} == set(STATEMENTS[statement].split())


@pytest.mark.parametrize("role", permissions.ROLES)
def test_the_keys_are_reached_by_the_door_and_by_who_decrypts_alone(published, role):
    with connection.acting_as(role):
        # A role is taken behind the door of a database: whether it might pass that itself, the catalogue says.
        may = published.execute(
            "select has_database_privilege(%s, %s, 'connect')", [role, subject_keys.database()]
        ).fetchone()[0]
        reads = _reads_keys()
    assert may == reads == (role in roles.OF_THE_VAULT)


def _reads_keys():
    try:
        subject_keys.connection().execute("select * from subject_keys")
    except (NOT_ALLOWED, psycopg.OperationalError):
        return False
    return True


def test_the_catalogue_shows_no_right_that_nobody_should_have(published):
    assert permissions.findings(published) == []


def as_reader(published, name, business, role="bi_reader"):
    """Log in over TCP with the password that `login` gave; return the connection."""
    password = roles.login(published, name, role, business)
    return psycopg.connect("", user=name, password=password, autocommit=True)


@pytest.fixture
def of_bank(published):
    with as_reader(published, "bi_bank", "bank") as session:
        yield session
    published.execute("drop owned by bi_bank; drop role bi_bank; delete from serving.readers where reader = 'bi_bank'")


def test_a_login_reads_the_rows_of_its_business_alone(published, of_bank):
    for name in PUBLISHED:
        for relation in (f"serving.{name}", f"release_1.{name}"):
            assert of_bank.execute(f"select count(*) from {relation} where business <> 'bank'").fetchone() == (0,)
    assert of_bank.execute("select count(*) from serving.customers").fetchone() == (CUSTOMERS["bank"],)


def test_a_reader_who_is_not_listed_reads_nothing(published, of_bank):
    published.execute("delete from serving.readers where reader = 'bi_bank'")
    assert of_bank.execute("select count(*) from serving.customers").fetchone() == (0,)


def test_a_login_cannot_become_anybody_else(published, of_bank):
    for role in permissions.ROLES:  # bi_reader itself too: it reads every business
        with pytest.raises(NOT_ALLOWED):
            of_bank.execute(f"set role {role}")


def test_another_password_and_the_names_of_roles_are_refused(published, of_bank):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect("", user="bi_bank", password="wrong")
    with pytest.raises(roles.RoleError):
        roles.login(published, "postgres", "bi_reader", "*")
    with pytest.raises(roles.RoleError):
        roles.login(published, "exporter", "bi_reader", "*")


def test_the_api_waits_for_no_query_longer_than_two_seconds(published):
    with as_reader(published, "api_login", "*", "api") as session:
        assert session.execute("show statement_timeout").fetchone() == ("2s",)
        assert session.execute("select count(*) from serving.customers").fetchone() == (sum(CUSTOMERS.values()),)
    published.execute("drop role api_login; delete from serving.readers where reader = 'api_login'")


def test_how_the_pipeline_is_shows_a_reader_its_business_alone_and_no_content(published, of_bank):
    for business in CUSTOMERS:
        batch = published.execute(
            "insert into raw.batches (run_id, business, source, table_name, received, loaded, duplicate, quarantined,"
            " started_at, finished_at) values ('r', %s, 's', 't', 3, 1, 1, 1, now(), now()) returning batch_id",
            [business],
        ).fetchone()
        published.execute(
            "insert into quarantine.records (business, source, table_name, batch_id, position, reason, original,"
            " original_index) values (%s, 's', 't', %s, 0, 'bad_time', 'x', 'x')",
            [business, *batch],
        )
    for view in ("intake", "quarantined"):
        assert of_bank.execute(f"select business from serving.{view}").fetchall() == [("bank",)]
    assert of_bank.execute("select count(*) from serving.gate_results").fetchone() == (0,)  # of all businesses at once
    with pytest.raises(NOT_ALLOWED):
        of_bank.execute("select original from quarantine.records")
    with pytest.raises(NOT_ALLOWED):
        of_bank.execute("select source from raw.batches")
    with as_reader(published, "bi_of_all", "*") as session:
        assert session.execute("select count(*) from serving.intake").fetchone() == (2,)
        gates = "insert into quality.results (run_id, layer, suite, expectation, kwargs, success)"
        published.execute(f"{gates} values ('r', 'raw', 's', 'e', '{{}}', false)")
        assert session.execute("select success from serving.gate_results").fetchall() == [(False,)]
    published.execute("drop role bi_of_all; delete from serving.readers where reader = 'bi_of_all'")


def test_a_plain_view_shows_rows_of_others_and_is_found(published, of_bank):
    published.execute("create view serving.plain as select * from release_1.customers")
    try:
        published.execute("grant select on serving.plain to bi_reader")
        leaked = of_bank.execute("select count(*) from serving.plain where business <> 'bank'").fetchone()
        assert leaked == (CUSTOMERS["shop"],), "a plain view no longer bypasses row-level security: the rule may go"
        found = permissions.findings(published)
        assert found == [permissions.Finding("a view of serving bypasses row-level security", "serving.plain")]
    finally:
        published.execute("drop view serving.plain")


WRONG = {
    "create view serving.found with (security_invoker) as select email_index from raw.customers;"
    "grant select on serving.found to api": "a reader may select a personal column",
    "grant usage on schema raw to bi_reader; grant select on raw.batches to bi_reader": (
        "a reader may select outside of what is published"
    ),
    "alter table release_1.customers disable row level security": "a released table has no row-level security",
    "grant insert on serving.readers to bi_reader": "bi_reader may write",
    "alter role learner bypassrls": "a role may more than its grants",
    "create function marts.all_of_it() returns int security definer language sql as 'select 1'": (
        "a function runs with its owner's rights"
    ),
    "grant select on raw.customers to public": "everybody has a right",
    "grant select on raw.customers to loader": "the loader may read what is encrypted",
}


@pytest.mark.parametrize("statement", WRONG)
def test_a_right_that_nobody_should_have_is_found(change, statement):
    before = permissions.findings(change)
    change.execute(statement)
    assert WRONG[statement] in {finding.rule for finding in permissions.findings(change)} and not before


def test_rights_applied_again_are_the_same(published):
    query = "select oid, relacl::text from pg_class where relacl is not null order by oid"
    before = published.execute(query).fetchall()
    roles.apply()
    assert published.execute(query).fetchall() == before


def test_a_process_told_its_role_stays_that_role(published):
    with connection.acting_as("learner"), connection.acting_as("publisher"), psycopg.connect("") as session:
        assert session.execute("select current_user").fetchone() == ("learner",)
    assert "role=" not in os.environ.get("PGOPTIONS", "")
