"""Machines in a real web server's log."""

import re
import subprocess
import sys

import pytest
import yaml

from tests.dbt.content import dbt
from tests.real_data import SHARED, needs
from warehouse.connection import PROJECT

LOG = SHARED / "access_logs" / "apache_logs.gz"
NAMED = re.compile("bot|crawl|spider|slurp", re.I)
pytestmark = [pytest.mark.real_data, needs("access_logs")]


@pytest.fixture(scope="module")
def logged(module_warehouse, tmp_path_factory):
    """The warehouse after the log's lines were collected as pages and dbt judged them."""
    folder = tmp_path_factory.mktemp("log")
    sources = folder / "sources.yml"
    entry = {"kind": "events", "preset": "access_log", "path": str(LOG)}
    sources.write_text(yaml.safe_dump({"business": "site", "sources": {"site_log": entry}}))
    command = [sys.executable, "-m", "scrapers", "site_log", "--sources", str(sources)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert "10,000 received = 9,999 loaded + 0 duplicate + 1 quarantined" in done.stdout, done.stderr
    models = ("--select", "+int_events__attributed", "--exclude", "resource_type:unit_test", "resource_type:test")
    run = dbt(folder, "build", *models)
    assert run.returncode == 0, run.stdout
    return module_warehouse


def test_who_names_itself_a_bot_is_one_and_so_are_others_that_do_not(logged):
    query = """
        select events.message_id, events.user_agent, flagged.bot_reason from staging.stg_shop__events as events
        left join intermediate.int_events__bot_flagged as flagged using (business, message_id)
    """
    lines = logged.execute(query).fetchall()
    reasons = [reason for _, _, reason in lines if reason]
    print("\n", {reason: reasons.count(reason) for reason in set(reasons)})
    named = [reason for _, agent, reason in lines if NAMED.search(agent or "")]
    assert len(lines) == 9_999
    assert len(named) > 1_200 and all(named)
    assert reasons.count("asks for files that people never see") > 100
    assert 1_200 <= len(reasons) < 3_300


def test_the_people_of_the_log_go_on_and_no_bot_with_them(logged):
    query = "select (select count(*) from raw.events) - (select count(*) from intermediate.int_events__bot_flagged)"
    people = "select count(*) from intermediate.int_events__attributed"
    assert logged.execute(query).fetchone() == logged.execute(people).fetchone()
