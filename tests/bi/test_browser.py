"""What a marketer sees: dashboards and reports in a real browser, while the pipeline goes on."""

import socket
import sqlite3
import subprocess
import sys

import psutil
import pytest
import yaml

from bi import settings
from tests.bi.conftest import SHOTS, looking
from tests.chain import run_stages
from warehouse.connection import PROJECT, home
from warehouse.publish import publish

pytestmark = [pytest.mark.bi, pytest.mark.timeout(600)]
DASHBOARDS = {
    yaml.safe_load(path.read_text())["slug"]: yaml.safe_load(path.read_text())
    for path in (settings.ASSETS / "dashboards").glob("*.yaml")
}
# What Superset's own pages try and our content security policy does not let them: reporting a view to its makers.
REPORTS_TO_ITS_MAKERS = "scarf.sh"


def wrong(seen):
    """Return what a user would call broken of a dashboard or page."""
    console = [message for message in seen["console"] if REPORTS_TO_ITS_MAKERS not in message]
    found = {"errors": seen.get("errors"), "empty": seen.get("empty"), "console": console, "refused": seen["refused"]}
    if not seen.get("is_whole", True):
        found["not drawn"] = f"{seen['drawn']} of {seen['charts']} charts"
    return {name: what for name, what in found.items() if what}


def charts(slug):
    return [
        part for part in DASHBOARDS[slug]["position"].values() if isinstance(part, dict) and part["type"] == "CHART"
    ]


def test_every_dashboard_shows_data_in_each_chart_and_no_error(filled, superset):
    assert len(DASHBOARDS) == 4
    with looking("dashboards", *DASHBOARDS, address=superset, shots=SHOTS) as seen:
        found = {each["name"]: each for each in seen()}
    assert {slug: wrong(found[slug]) for slug in DASHBOARDS} == {slug: {} for slug in DASHBOARDS}
    for slug, each in found.items():
        assert each["charts"] == len(charts(slug)) >= 10
        assert all(chart["meta"]["sliceName"] in each["text"] for chart in charts(slug))
    customers = filled.execute("select count(*) from serving.customers").fetchone()[0]
    assert f"Customers\n{customers:,}\n" in found["customers"]["text"]


def test_a_chart_that_cannot_be_drawn_is_noticed(filled, superset):
    filled.execute("alter view serving.orders rename to orders_away")
    try:
        with looking("dashboards", "customers", address=superset) as seen:
            broken = wrong(seen()[0])
    finally:
        filled.execute("alter view serving.orders_away rename to orders")
    assert "serving.orders" in broken["errors"][0] and broken["not drawn"] and broken["refused"]


def test_the_whole_pipeline_runs_and_releases_are_published_while_dashboards_are_open(filled, superset, tmp_path):
    def releases():
        return filled.execute("select max(release_id) from serving.releases").fetchone()[0]

    def publish_with(units):
        filled.execute("update marts.customers set units = %s where customer_id = 'c000001'", [units])
        filled.execute("set role publisher")
        publish(filled)
        filled.execute("reset role")

    publish_with(-1)  # which the run will set right, and so has something to publish
    before, over = releases(), tmp_path / "over"
    with looking("dashboards", "customers", "campaigns", "health", address=superset, until=over) as seen:
        run_stages(tmp_path)
        by_the_pipeline = releases() - before
        for number in range(30):
            publish_with(number)
        over.touch()
        found = seen()
    print(f"\n{releases() - before} releases while dashboards were opened {len(found)} times")
    assert by_the_pipeline == 1 and releases() - before == by_the_pipeline + 30 and len(found) >= 9
    assert [wrong(each) for each in found] == [{} for _ in found]


def test_reports_open_without_a_word_on_the_console(filled):
    for about in ("models", "campaigns"):
        subprocess.run([sys.executable, "-m", "ml", "report", about], cwd=PROJECT, check=True, capture_output=True)
    pages = sorted((home() / "reports").glob("*.html"))
    assert len(pages) > 2
    with looking("pages", *pages, shots=SHOTS) as seen:
        found = seen()
    assert [wrong(each) for each in found] == [{} for _ in pages]
    assert all(each["drawn"] and len(each["text"]) > 200 for each in found)


def test_superset_is_reached_from_this_machine_alone_and_its_secrets_by_their_owner(superset):
    port = int(superset.rsplit(":", 1)[1])
    listening = [each for each in psutil.net_connections("tcp") if each.status == "LISTEN" and each.laddr.port == port]
    assert {each.laddr.ip for each in listening} == {"127.0.0.1"}
    assert settings.folder().stat().st_mode & 0o077 == 0
    secrets = {settings.secret("password"), settings.secret("secret_key")}
    kept = [path.read_text() for path in settings.ASSETS.rglob("*.yaml")]
    assert len(kept) > 50 and not [text for text in kept for secret in secrets if secret in text]


def test_no_login_means_no_data(superset):
    with socket.create_connection(("127.0.0.1", int(superset.rsplit(":", 1)[1]))) as raw:
        raw.sendall(b"GET /api/v1/chart/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert b" 401 " in raw.recv(64)


def test_superset_keeps_nothing_of_what_was_asked(filled, superset):
    with looking("dashboards", "customers", address=superset) as seen:
        assert wrong(seen()[0]) == {}
    with sqlite3.connect(settings.folder() / "superset.db") as kept:
        assert kept.execute("select count(*) from dashboards").fetchone()[0] >= len(DASHBOARDS)
        asked = {name: kept.execute(f"select count(*) from {name}").fetchone()[0] for name in ("logs", "query")}
        words = "\n".join(kept.iterdump())
    assert asked == {"logs": 0, "query": 0}
    customers = filled.execute("select customer_id from serving.customers").fetchall()
    assert len(customers) > 100 and not [each for (each,) in customers if each in words]
