import pytest

from stack import processes


@pytest.fixture
def stack_home(tmp_path, monkeypatch):
    """A home of its own; whatever a test leaves running in it is ended."""
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    yield tmp_path
    processes.stop_all(patience=1)
