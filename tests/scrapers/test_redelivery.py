"""A file that is delivered again whole is known again by its blocks, unless rows were taken away since."""

import json

RECORDS = 30_000


def counts(warehouse):
    ledger = "select sum(received)::int, sum(loaded)::int, sum(duplicate)::int, sum(quarantined)::int from raw.batches"
    return warehouse.execute(ledger).fetchone()


def test_a_file_delivered_again_changes_nothing_and_what_was_erased_comes_back(collect, warehouse, tmp_path):
    path = tmp_path / "events.jsonl"
    moment = "2026-03-01T00:00:00Z"
    records = [{"messageId": f"m{n}", "type": "track", "event": "x" * 300, "timestamp": moment} for n in range(RECORDS)]
    lines = [json.dumps(record) if n % 1000 else f"{{broken {n}" for n, record in enumerate(records)]
    lines[17] = lines[16]  # a copy within the file
    path.write_text("\n".join(lines) + "\n")
    entry = {"kind": "events", "path": str(path)}
    assert collect(entry).returncode == 0
    loaded = RECORDS - 31
    assert counts(warehouse) == (RECORDS, loaded, 1, 30)
    checks = "select count(content_hash), count(distinct content_hash) from raw.batches"
    blocks = warehouse.execute(checks).fetchone()
    assert blocks[0] == blocks[1] >= 2

    warehouse.execute("truncate raw.cursors")
    assert f"0 loaded + {RECORDS - 30:,} duplicate + 30 quarantined" in collect(entry).stdout
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (loaded,)
    assert warehouse.execute(checks).fetchone() == (2 * blocks[0], blocks[1])

    warehouse.execute("truncate raw.cursors")
    warehouse.execute("delete from raw.events where message_id in ('m5', 'm29999')")
    assert "2 loaded" in collect(entry).stdout
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (loaded,)

    # Another mapping reads the same bytes as other records: they are looked at again.
    warehouse.execute("truncate raw.cursors")
    mapping = {"message_id": "messageId", "type": "type", "event": {"value": "Seen"}, "occurred_at": "timestamp"}
    assert f"0 loaded + 0 duplicate + {RECORDS:,} quarantined" in collect(entry | {"mapping": mapping}).stdout
