import os
import tempfile
from pathlib import Path

import pytest

from stack import processes
from tests.stack.running import stack


@pytest.fixture
def stack_home(tmp_path, monkeypatch):
    """A home of its own; whatever a test leaves running in it is ended."""
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    yield tmp_path
    processes.stop_all(patience=1)


@pytest.fixture
def home(monkeypatch):
    """A home that PostgreSQL's account may enter; nothing in it outlives the test."""
    for name in [name for name in os.environ if name.startswith(("PG", "AIRFLOW", "HUAXIANG_VAULT"))]:
        monkeypatch.delenv(name)
    # Not below pytest's own folder: another session's pytest closes that to other accounts again.
    with tempfile.TemporaryDirectory(prefix="huaxiang-stack-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o711)
        monkeypatch.setenv("HUAXIANG_HOME", name)
        monkeypatch.setenv("HUAXIANG_PGPORT", "0")
        yield Path(name)
        stack("down")
