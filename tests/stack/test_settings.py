import json
import os
import socket
from pathlib import Path

import pytest

from stack import settings
from warehouse.connection import PROJECT

PORTS = {"airflow": 18080, "shop": 18770, "api": 18780}


@pytest.fixture
def listening():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_where_somebody_listens_is_not_free(listening):
    assert not settings.is_free(listening)


def test_the_next_free_port_stands_in_for_a_taken_one(stack_home, listening, monkeypatch):
    monkeypatch.setitem(settings.PREFERRED_PORTS, "airflow", listening)
    chosen = settings.choose_ports()
    assert chosen["airflow"] != listening and settings.is_free(chosen["airflow"])


def test_the_ports_are_remembered(stack_home):
    (stack_home / "run").mkdir()
    (stack_home / "run" / "ports.json").write_text(json.dumps(PORTS))
    assert settings.choose_ports() == settings.known_ports() == PORTS


def test_a_remembered_port_that_is_taken_is_given_up(stack_home, listening):
    (stack_home / "run").mkdir()
    (stack_home / "run" / "ports.json").write_text(json.dumps(PORTS | {"shop": listening}))
    assert settings.choose_ports()["shop"] != listening


def test_where_two_stacks_start_at_once_neither_counts_upwards(stack_home):
    drawn = {settings.choose_ports(is_contended=True)["shop"] for _ in range(20)}
    assert len(drawn) > 5 and all(8770 <= port < 8870 for port in drawn)


def test_all_urls_are_on_loopback(stack_home):
    made = settings.environment({}, PORTS, Path("shop.yml"))
    urls = [value for value in made.values() if "://" in value and value not in os.environ.values()]
    assert urls and all("://127.0.0.1:" in url or ":///airflow" in url for url in urls)
    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"


def test_the_callers_own_database_and_airflow_do_not_leak_in(stack_home, monkeypatch):
    monkeypatch.setenv("PGHOST", "production")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "theirs")
    made = settings.environment({"PGPORT": "1"}, PORTS, Path("shop.yml"))
    assert "PGHOST" not in made and made["PGPORT"] == "1"
    assert made["AIRFLOW__CORE__FERNET_KEY"] != "theirs"


def test_no_password_stands_in_the_settings_of_airflow(stack_home):
    made = settings.environment({"PGPASSWORD": "hidden"}, PORTS, Path("shop.yml"))
    assert [name for name, value in made.items() if "hidden" in value] == ["PGPASSWORD"]


def test_the_keys_are_made_once_and_only_the_owner_reads_them(stack_home):
    first, second = (settings.environment({}, PORTS, Path("shop.yml")) for _ in range(2))
    assert first["AIRFLOW__API_AUTH__JWT_SECRET"] == second["AIRFLOW__API_AUTH__JWT_SECRET"]
    assert len(first["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert (stack_home / "airflow").stat().st_mode & 0o777 == 0o700
    assert (stack_home / "airflow" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_the_sources_file_is_the_given_one_then_the_environments_then_the_demo_shops(monkeypatch):
    monkeypatch.setenv("HUAXIANG_SOURCES", "/srv/theirs.yml")
    assert settings.sources_file("/srv/given.yml") == Path("/srv/given.yml")
    assert settings.sources_file() == Path("/srv/theirs.yml")
    monkeypatch.delenv("HUAXIANG_SOURCES")
    assert settings.sources_file() == PROJECT / "scrapers" / "sources" / "shop.yml"
