"""Kill the collector with SIGKILL at random moments: nothing is lost, nothing doubled, and the ledger is exact."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import yaml

from warehouse.connection import PROJECT

RECORDS = 60_000
KILLS = 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_loader_killed_at_20_random_moments_loses_and_doubles_nothing(warehouse, tmp_path):
    chance = random.Random(7)
    path = tmp_path / "events.jsonl"
    with path.open("w") as file:
        for n in range(RECORDS):
            record = {
                "messageId": f"m{n}",
                "type": "track",
                "event": "Product Viewed",
                "timestamp": "2026-03-01T00:00:00Z",
                "properties": {"padding": "x" * 600},
            }
            file.write(json.dumps(record) + "\n" if n % 1000 else f"{{broken {n}\n")
    sources = tmp_path / "sources.yml"
    entry = {"kind": "events", "path": str(path)}
    sources.write_text(yaml.safe_dump({"business": "toy", "sources": {"toy_events": entry}}))
    command = [sys.executable, "-m", "scrapers", "toy_events", "--sources", str(sources)]

    def stored():
        return warehouse.execute("select count(*) from raw.events").fetchone()[0]

    kills, in_the_middle = 0, 0
    while kills < KILLS:
        warehouse.execute("truncate raw.events, raw.cursors, raw.batches, quarantine.records")
        while kills < KILLS:
            process = subprocess.Popen(command, cwd=PROJECT, env=os.environ, stderr=subprocess.DEVNULL)
            begun = stored()
            if kills % 3:  # most kills fall into the loading, others anywhere from the start on
                while stored() == begun and process.poll() is None:
                    time.sleep(0.005)
                time.sleep(chance.random() * 0.3)
            else:
                time.sleep(chance.random() * 2)
            process.send_signal(signal.SIGKILL)
            if process.wait() != -signal.SIGKILL:
                break
            kills += 1
            in_the_middle += 0 < stored() < RECORDS * 0.99
        assert subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True).returncode == 0
        assert stored() == RECORDS - RECORDS // 1000
        assert warehouse.execute("select count(*) from quarantine.records").fetchone()[0] == RECORDS // 1000
        ledger = "select sum(received), sum(loaded), sum(duplicate), sum(quarantined) from raw.batches"
        totals = [int(total) for total in warehouse.execute(ledger).fetchone()]
        assert totals == [RECORDS, RECORDS - RECORDS // 1000, 0, RECORDS // 1000]
    assert in_the_middle >= 3, "the kills came before or after the loading: they prove nothing"
