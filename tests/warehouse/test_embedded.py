"""The embedded server says when it cannot tell how it stands."""

import os

import pytest

from warehouse import embedded


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server another account")
def test_a_server_in_a_folder_closed_to_it_is_not_taken_for_stopped(tmp_path, monkeypatch):
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    assert not embedded.is_running()
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    tmp_path.chmod(0o700)
    with pytest.raises(embedded.EmbeddedServerError, match="cannot be told"):
        embedded.stop()
