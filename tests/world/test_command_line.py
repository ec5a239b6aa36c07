import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from scrapers.demo import feeds
from scrapers.demo.world import World

PROJECT = Path(__file__).parents[2]
SIZE = ["--customers", 80, "--products", 60, "--days", 12]


def test_the_same_seed_gives_the_same_bytes(demo):
    first, again = (demo("events", "--events", 3000, "--seed", 5, *SIZE).stdout for _ in range(2))
    other = demo("events", "--events", 3000, "--seed", 6, *SIZE).stdout
    assert first == again and first.count(b"\n") == 3000
    names = [[json.loads(line).get("event") for line in stream.splitlines()] for stream in (first, other)]
    assert names[0] != names[1]


@pytest.mark.parametrize("name", list(feeds.FEEDS))
def test_the_same_seed_gives_the_same_feed_in_any_order_of_asking(name):
    world = World(seed=5, customers=80, products=60, days=12)
    parts = [(day, part) for day in range(12) for part in range(feeds.FEEDS[name].parts(world, day))]
    forwards = {place: feeds.records.__wrapped__(world, name, *place) for place in parts}
    assert forwards == {place: feeds.records.__wrapped__(world, name, *place) for place in reversed(parts)}


def test_streamed_messages_are_json_with_ids_of_their_own(demo):
    lines = demo("events", "--events", 20_000).stdout.splitlines()
    assert len({json.loads(line)["messageId"] for line in lines}) == 20_000


def test_the_memory_of_a_stream_does_not_grow_with_it():
    script = (
        "import resource, sys; from scrapers.demo.__main__ import stream; from scrapers.demo.world import World;"
        "out = open('/dev/null', 'wb'); world = World(customers=4000);"
        "stream(world, out, 20_000); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "stream(world, out, 200_000); print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, check=True, timeout=120)
    before, after = map(int, done.stdout.split())
    assert after - before < 40_000, "kilobytes; the 200,000 lines themselves are 150,000"


def test_sigterm_ends_it_cleanly(tmp_path):
    ready = tmp_path / "ready"
    command = [sys.executable, "-m", "scrapers.demo", "serve", "--port", 0, "--ready-file", ready, *SIZE]
    process = subprocess.Popen(list(map(str, command)), cwd=PROJECT, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        while not ready.exists() and process.poll() is None:
            time.sleep(0.05)
        url = ready.read_text()
        assert url.startswith("http://127.0.0.1:")
        assert urllib.request.urlopen(f"{url}/robots.txt", timeout=10).status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == b""
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_port_in_use_is_said_in_one_line(shop, demo):
    done = demo("serve", "--port", shop.url.rsplit(":", 1)[1], *SIZE)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"--port" in done.stderr


def test_the_number_of_events_is_about_what_was_asked_for(tmp_path, demo):
    done = demo("truth", "--out", tmp_path, "--events", 8000, "--customers", 150, "--days", 40)
    assert done.returncode == 0
    totals = json.loads((tmp_path / "totals.json").read_text())
    assert 6500 < totals["events"]["records"] < 9500
