"""One warehouse for all tests of the bank: the chain on its files takes minutes."""

import os
import subprocess
import sys

import pytest

from tests.bank.berka import DATA, SOURCES
from tests.chain import run_stages
from tests.conftest import database
from warehouse.connection import PROJECT


@pytest.fixture(scope="package")
def bank(server, tmp_path_factory):
    """The warehouse after all sources were collected, one of them twice, and the whole chain ran."""
    with pytest.MonkeyPatch.context() as patch:
        for connection in database(server, patch):
            for name in (*SOURCES, "bank_loans"):
                command = [sys.executable, "-m", "scrapers", name, "--sources", "scrapers/sources/bank.yml"]
                own = os.environ | {"BERKA": str(DATA)}
                done = subprocess.run(command, cwd=PROJECT, env=own, capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
            connection.printed = run_stages(tmp_path_factory.mktemp("dbt"))
            yield connection
