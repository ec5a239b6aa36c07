"""The embedded server says when it cannot tell how it stands."""

import subprocess
import sys

import pytest

from warehouse import embedded
from warehouse.connection import PROJECT


@pytest.fixture
def closed(tmp_path, monkeypatch):
    """A home whose data directory the server's account may not enter, whoever runs the tests."""
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    data.chmod(0)
    yield tmp_path
    data.chmod(0o700)


def test_a_home_without_a_server_has_none_to_stop(tmp_path, monkeypatch):
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    assert not embedded.stop()


def test_a_server_in_a_folder_closed_to_it_is_not_taken_for_stopped_and_the_user_hears_why(closed):
    stop = [sys.executable, "-m", "warehouse", "stop"]
    done = subprocess.run(stop, cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "whether PostgreSQL runs cannot be told" in done.stderr and "chmod o+x" in done.stderr
    assert "Traceback" not in done.stderr
