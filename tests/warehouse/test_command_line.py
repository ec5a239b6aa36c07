"""`python -m warehouse` as a user meets it: exports, checksums, quarantine, and errors that say what to do."""

import csv
import os
import subprocess
import sys

import pytest

from warehouse import migrate
from warehouse.check import Arrival, Problem
from warehouse.connection import PROJECT
from warehouse.load import load
from warehouse.raw import Event


def run(*arguments, **environment):
    command = [sys.executable, "-m", "warehouse", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True)


def test_tables_and_migrations_say_the_same(warehouse):
    migrate.check()
    warehouse.execute("alter table raw.events add column stray text")
    with pytest.raises(Exception, match="stray"):
        migrate.check()


def test_every_command_explains_itself():
    help_text = run("--help").stdout
    for command in (
        "start",
        "stop",
        "migrate",
        "publish",
        "rollback",
        "export",
        "checksum",
        "quarantine",
        "runs",
        "replay",
        "psql",
    ):
        assert command in help_text
        assert run(command, "--help").returncode == 0


def test_psql_reaches_the_warehouse_without_a_password_on_the_command_line(warehouse):
    assert "raw" in run("psql", "-c", "\\dn").stdout


def test_the_checksum_knows_content_not_order_nor_stamps(warehouse):
    rows = [("m1", "a"), ("m2", "b")]

    def sums(order):
        warehouse.execute("truncate raw.events")
        for name, user in order:
            record = {"message_id": name, "type": "track", "user_id": user, "occurred_at": "2026-03-01T00:00:00Z"}
            load(warehouse, Event, [Arrival(b"{}", record)], business="toy", source="s", run_id="r")
        return next(line for line in run("checksum").stdout.splitlines() if line.startswith("raw.events "))

    first = sums(rows)
    assert first.startswith("raw.events 2 ")
    assert sums(rows[::-1]) == first
    assert sums([("m1", "a"), ("m2", "c")]) != first


def test_quarantine_shows_reasons_and_gives_the_original_bytes_back(warehouse):
    arrivals = [Arrival(b"{broken \xff", Problem("not_json", "malformed"))]
    load(warehouse, Event, arrivals, business="toy", source="toy_events", run_id="r")
    listed = run("quarantine").stdout
    assert "toy_events  not_json  malformed" in listed and "broken" not in listed
    number = listed.rsplit("--show ", 1)[1].rstrip(")\n")
    command = [sys.executable, "-m", "warehouse", "quarantine", "--show", number]
    assert subprocess.run(command, cwd=PROJECT, capture_output=True).stdout == b"{broken \xff\n"


QUIET = """
    create table seeds.quiet_hours (business text, channel text, time_zone text, quiet_from text, quiet_until text)
"""


@pytest.fixture
def offers(warehouse):
    warehouse.execute("create schema if not exists marts")
    campaign = "select 'toy' business, 'spring' campaign_id, 'site' channel, 'all' audience_id"
    warehouse.execute(f"create table seeds.campaigns as {campaign}")
    warehouse.execute("create table seeds.channel_addresses (channel text, address text)")
    warehouse.execute("create table marts.audience_definitions (business text, audience_id text, version text)")
    warehouse.execute(QUIET)
    warehouse.execute("grant select on seeds.campaigns, seeds.quiet_hours, seeds.channel_addresses to exporter")
    warehouse.execute("create table marts.products (business text, product_id text, name text, url text)")
    warehouse.execute(
        "create table marts.campaign_offers (business text, campaign_id text, channel text, customer_id text,"
        " product_id text, rank int, reason text)"
    )
    warehouse.execute(
        "insert into marts.products values ('toy', 'p1', '=HYPERLINK(\"x\")', null), ('toy', 'p2', '龙井, 50g', null)"
    )
    offer = "('toy', 'spring', 'site', 'c{0}', 'p{0}', 1, 'bought_before')"
    warehouse.execute(f"insert into marts.campaign_offers values {offer.format(1)}, {offer.format(2)}")
    return warehouse


def test_an_export_is_a_csv_that_no_spreadsheet_executes_and_is_written_only_when_it_changes(offers, tmp_path):
    home = {"HUAXIANG_HOME": str(tmp_path)}
    assert run("export", **home).stdout == "exports/toy-spring.csv: 2 rows, 2 came, 0 went, 0 changed\n"
    with (tmp_path / "exports" / "toy-spring.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["product_name"] for row in rows] == ['\'=HYPERLINK("x")', "龙井, 50g"]
    assert [row["customer_id"] for row in rows] == ["c1", "c2"]
    assert run("export", **home).stdout == "exports/toy-spring.csv: 2 rows, unchanged\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("publish", "run `dbt build --project-dir dbt --profiles-dir dbt` first"),
        ("export", "--select tag:campaign` first"),
        ("rollback", "there is no release before the current one to go back to"),
    ],
)
def test_an_error_is_one_line_with_the_next_command(warehouse, command, message):
    done = run(command)
    assert done.returncode == 1
    assert message in done.stderr and len(done.stderr.splitlines()) == 1


def test_without_a_database_the_message_says_how_to_start_one(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    command = [sys.executable, "-m", "warehouse", "status"]
    environment = clean | {"HUAXIANG_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "python -m warehouse start" in done.stderr


def test_a_server_that_is_gone_is_one_line_too(warehouse):
    done = run("status", PGPORT="1")
    assert done.returncode == 1
    assert "cannot reach PostgreSQL" in done.stderr and "Traceback" not in done.stderr
