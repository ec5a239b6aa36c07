"""A shop's warehouse that the whole chain has filled, Superset over it, and a browser to look with."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from bi import settings
from tests.chain import SOURCES, environment, run_stages
from warehouse.connection import PROJECT

SHOTS = PROJECT / ".huaxiang-shots"  # untracked
PATIENCE_SECONDS = 180


@pytest.fixture(scope="module")
def filled(module_warehouse, shop, tmp_path_factory):
    """The demo shop's warehouse, published; yields a connection."""
    folder = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_URL", shop[0])
        for source in SOURCES:
            command = [sys.executable, "-m", "scrapers", source]
            subprocess.run(command, cwd=PROJECT, env=environment(folder), check=True, capture_output=True)
        run_stages(folder)
        yield module_warehouse


@pytest.fixture(scope="module")
def superset(filled, tmp_path_factory):
    """Superset's address, as `python -m bi` serves it."""
    ready = tmp_path_factory.mktemp("superset") / "ready"
    command = [sys.executable, "-m", "bi", "--port", "0", "--ready-file", str(ready)]
    served = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not (ready.exists() and ready.read_text()):
            assert served.poll() is None, served.stdout.read()
            assert time.monotonic() < until
            time.sleep(0.2)
        yield ready.read_text()
    finally:
        served.terminate()
        served.wait(timeout=60)


@contextmanager
def looking(what, *names, **options):
    """Start a browser that looks at dashboards or pages; yields what waits for it and returns what it saw."""
    SHOTS.mkdir(exist_ok=True)
    words = [f"--{name}={value}" for name, value in options.items()]
    command = [settings.PYTHON, PROJECT / "tests" / "bi" / "look.py", what, *map(str, names), *words]
    own = {"HUAXIANG_BI_USER": settings.USER, "HUAXIANG_BI_PASSWORD": settings.secret("password")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    browser = subprocess.Popen(command, env=os.environ | own, **pipes)

    def seen():
        printed, complaint = browser.communicate(timeout=PATIENCE_SECONDS)
        assert browser.returncode == 0, complaint
        return json.loads(printed)

    try:
        yield seen
    finally:
        if browser.poll() is None:
            browser.terminate()
            browser.wait(timeout=60)
