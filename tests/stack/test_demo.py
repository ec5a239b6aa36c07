import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stack import processes
from stack.screen import MOST_LINES
from tests.stack.running import stack, started
from warehouse.connection import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
AS_BACKGROUND_JOB = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]  # a shell without job control starts it deaf to SIGINT
LINE = re.compile(r"^\[ *[\d.]+ s\] ")
BROKEN = "business: toy\nsources:\n  toy_orders: {kind: orders, path: nowhere.csv, format: csv}\n"


def listening():
    """Address and port of every listening socket of the stack's processes and its database."""
    postmaster = Path(os.environ["HUAXIANG_HOME"]) / "postgres" / "data" / "postmaster.pid"
    found = [process for process, _ in processes.ours()]
    if postmaster.exists():
        found.append(psutil.Process(int(postmaster.read_text().split()[0])))
    places = set()
    for process in found:
        try:
            connections = process.net_connections(kind="inet")
        except psutil.NoSuchProcess:
            continue
        places |= {(c.laddr.ip, c.laddr.port) for c in connections if c.status == psutil.CONN_LISTEN}
    return places


def content():
    """What the warehouse holds, by the warehouse's own checksums; a ledger row per run is no content."""
    run = [sys.executable, "-m", "warehouse"]
    subprocess.run([*run, "start"], cwd=PROJECT, check=True, capture_output=True)
    printed = subprocess.run([*run, "checksum"], cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    subprocess.run([*run, "stop"], cwd=PROJECT, check=True, capture_output=True)
    return {line for line in printed.splitlines() if not line.startswith(("raw.batches", "quality."))}


def screen(output):
    """The lines after the last one that carries a time."""
    lines = output.splitlines()
    last = max(number for number, line in enumerate(lines) if LINE.match(line))
    return lines[last + 1 :]


def test_the_demo_shows_a_screen_listens_on_loopback_only_and_changes_nothing_when_repeated(home):
    demo = started("demo")
    seen = set()
    while demo.poll() is None:
        seen |= listening()
        time.sleep(1)
    output = demo.stdout.read()
    assert demo.returncode == 0, output
    assert len(seen) >= 3 and {ip for ip, _ in seen} == {"127.0.0.1"}
    shown = screen(output)
    assert len(shown) <= MOST_LINES
    assert all(word in "\n".join(shown) for word in ("quarantined", "release 1", "for customer", "peak memory"))
    assert list(processes.ours()) == [] and listening() == set()

    before = content()
    again = stack("demo")
    assert again.returncode == 0, again.stdout + again.stderr
    assert content() == before


def test_a_failing_task_ends_the_demo_with_its_name_and_error(home):
    sources = home / "broken.yml"
    sources.write_text(BROKEN)
    result = stack("demo", "--sources", str(sources))
    assert result.returncode == 1
    (line,) = [line for line in result.stdout.splitlines() if "collect.toy_orders failed:" in line]
    assert "nowhere.csv" in line
    log = home / "logs" / "collect.toy_orders.log"
    assert f"less {log}" in result.stdout and "nowhere.csv" in log.read_text()
    assert list(processes.ours()) == []


def test_a_killed_demo_leaves_nothing_that_the_next_one_does_not_end(home):
    demo = started("demo")
    wait_for(demo, "running")
    demo.kill()
    demo.wait()
    orphans = {process.pid for process, _ in processes.ours()}
    assert orphans
    result = stack("demo")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "an earlier demo was killed" in result.stdout
    assert not any(psutil.pid_exists(pid) for pid in orphans)


def test_up_stays_a_demo_uses_it_and_down_ends_it(home):
    assert stack("up").returncode == 0
    there = {process.pid for process, name in processes.ours() if name == "scheduler"}
    assert stack("up").returncode == 0
    result = stack("demo")
    assert result.returncode == 0, result.stdout + result.stderr
    assert there & {process.pid for process, name in processes.ours() if name == "scheduler"}
    assert "runs" in stack("status").stdout
    assert stack("down").returncode == 0
    assert list(processes.ours()) == [] and "runs" not in stack("status").stdout


def test_an_interrupted_demo_cleans_up_and_says_so(home):
    demo = started("demo", before=AS_BACKGROUND_JOB)
    wait_for(demo, "Airflow starts")
    second = stack("demo")
    assert second.returncode == 1 and "another `python -m stack` command" in second.stderr
    demo.send_signal(signal.SIGTERM)
    output, _ = demo.communicate()
    assert demo.returncode == 130
    assert "interrupted" in output and "Traceback" not in output
    assert list(processes.ours()) == []


def test_two_homes_that_start_at_once_do_not_take_each_others_ports(home, monkeypatch):
    other = home / "other"
    first = started("up")
    with monkeypatch.context() as patch:
        patch.setenv("HUAXIANG_HOME", str(other))
        second = stack("up")
        output, _ = first.communicate()
        assert (first.returncode, second.returncode) == (0, 0), output + second.stdout + second.stderr
        ports = {port for _, port in listening()}
        assert stack("down").returncode == 0
    assert listening() and not ports & {port for _, port in listening()}


def test_a_taken_port_is_no_obstacle(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (home / "run").mkdir()
        port = taken.getsockname()[1]
        (home / "run" / "ports.json").write_text(f'{{"airflow": {port}}}')
        result = stack("up")
        assert result.returncode == 0, result.stdout + result.stderr
        assert f":{port}" not in stack("status").stdout


def wait_for(process, word):
    said = []
    for line in process.stdout:
        said.append(line)
        if word in line:
            return
    raise AssertionError(f"the demo never said {word!r}, but: {''.join(said)}")
