"""The chain under the real scheduler beside the sum of its commands run one after another."""

import os
import re
import subprocess
import sys
import tempfile
import time

import pytest

from tests.chain import SOURCES, commands, environment
from warehouse.connection import PROJECT

COMMANDS = [["python", "-m", "scrapers", source] for source in SOURCES] + commands()


def scheduled_seconds():
    """Seconds from the trigger of the first stage to the end of the last, by the demo's own clock."""
    with tempfile.TemporaryDirectory(prefix="huaxiang-bench-") as home:
        os.chmod(home, 0o711)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        command = [sys.executable, "-m", "stack", "demo"]
        environment = clean | {"HUAXIANG_HOME": home, "HUAXIANG_PGPORT": "0"}
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        stages = re.search(r"collect (\d+) s · transform (\d+) s · recommend (\d+) s · campaign (\d+) s", done.stdout)
        first = float(re.search(r"\[ *([\d.]+) s\] collect ", done.stdout)[1])
        last = float(re.search(r"\[ *([\d.]+) s\] campaign +done", done.stdout)[1])
        return max(last - first, sum(map(int, stages.groups())))


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_the_scheduler_costs_little_beside_its_commands(warehouse, tmp_path):
    scheduled = scheduled_seconds()
    ready = tmp_path / "ready"
    serve = [sys.executable, "-m", "scrapers.demo", "serve", "--port", "0", "--ready-file", str(ready)]
    shop = subprocess.Popen(serve, cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        while not ready.exists():
            time.sleep(0.1)
        own = environment(tmp_path) | {"SHOP_URL": ready.read_text().strip()}
        began = time.perf_counter()
        for command in COMMANDS:
            subprocess.run(command, cwd=PROJECT, env=own, check=True, capture_output=True)
        alone = time.perf_counter() - began
    finally:
        shop.terminate()
        shop.wait()
    print(
        f"\nthe chain under Airflow  {scheduled:6.1f} s"
        f"\nits commands in a row    {alone:6.1f} s   ratio {scheduled / alone:.2f}"
    )
    assert scheduled / alone <= 1.5
