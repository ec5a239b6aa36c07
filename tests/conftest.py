"""A real PostgreSQL for all tests: one embedded server a session, a fresh migrated database a test or module."""

import itertools
import json
import os
import subprocess
import sys
import tempfile

import psycopg
import pytest
from psycopg import sql

from warehouse import embedded, migrate, subject_keys, vault
from warehouse.connection import PROJECT

TELEMETRY_OFF = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
    "GX_ANALYTICS_ENABLED": "False",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "DO_NOT_TRACK": "1",
}
# As `python -m ml` sets it: sums in another order are not bit-equal.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
SHOP_SIZE = ["--customers", "300", "--days", "60"]
number = itertools.count(1)


@pytest.fixture(scope="session")
def server():
    """The session's server; its PG* variables with a migrated template database."""
    # Not below pytest's own folder: another session's pytest removes old ones, servers and all.
    with tempfile.TemporaryDirectory(prefix="huaxiang-tests-") as home, pytest.MonkeyPatch.context() as patch:
        os.chmod(home, 0o711)  # where root runs the tests, PostgreSQL runs as nobody
        for name in [name for name in os.environ if name.startswith("PG")]:
            patch.delenv(name)
        for name, value in TELEMETRY_OFF.items():
            patch.setenv(name, value)
        patch.setenv("HUAXIANG_HOME", home)
        patch.setenv("HUAXIANG_PGPORT", "0")
        patch.setenv("HUAXIANG_VAULT_DATABASE", "vault_of_the_tests")
        settings = embedded.start()
        embedded.create_database("template_warehouse", settings)
        for name, value in (settings | {"PGDATABASE": "template_warehouse"}).items():
            patch.setenv(name, value)
        vault.create_key()
        subject_keys.create()
        migrate.migrate()
        yield settings
        embedded.stop()


def database(server, patch):
    """A fresh copy of the template, set in PG*; yields a connection in autocommit."""
    name = f"test_{os.getpid()}_{next(number)}"
    embedded.create_database(name, server, template="template_warehouse")
    patch.setenv("PGDATABASE", name)
    with psycopg.connect("", autocommit=True) as connection:
        # PostgreSQL copies a template's content, not the rights on the database itself (warehouse/roles.sql).
        grant = sql.SQL("grant create on database {} to transformer, publisher")
        connection.execute(grant.format(sql.Identifier(name)))
        yield connection
    patch.setenv("PGDATABASE", "postgres")
    with psycopg.connect("", autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def warehouse(server):
    """A migrated warehouse of this test alone: PG* point to it; yields a psycopg connection in autocommit."""
    with pytest.MonkeyPatch.context() as patch:
        yield from database(server, patch)


@pytest.fixture(scope="module")
def module_warehouse(server):
    """A migrated warehouse of this module: PG* point to it; yields a psycopg connection in autocommit."""
    with pytest.MonkeyPatch.context() as patch:
        yield from database(server, patch)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A small demo shop on a free port: its address, and how many records of each truth it serves."""
    folder = tmp_path_factory.mktemp("shop")
    ready, truth = folder / "ready", folder / "truth"
    command = [sys.executable, "-m", "scrapers.demo"]
    subprocess.run([*command, "truth", "--out", str(truth), *SHOP_SIZE], cwd=PROJECT, check=True, capture_output=True)
    serve = [*command, "serve", "--port", "0", "--ready-file", str(ready), *SHOP_SIZE]
    process = subprocess.Popen(serve, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not ready.exists() or not ready.read_text():
        assert process.poll() is None
    yield ready.read_text().strip(), json.loads((truth / "totals.json").read_text())
    process.terminate()
    process.wait()
