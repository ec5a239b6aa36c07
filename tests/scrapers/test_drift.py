"""A source that changes its shape: nothing is lost, and the change is written down in the same run."""

import json
import subprocess
import sys

import pytest

from warehouse.connection import PROJECT

MOMENT = "2026-03-01T10:00:00Z"
EVENT = {
    "messageId": "m",
    "type": "track",
    "event": "Product Viewed",
    "anonymousId": "a",
    "timestamp": MOMENT,
    "colour": "red",
    "tags": ["a"],
    "properties": {"product_id": "p1", "price": 9.9},
}


def changed(**fields):
    return {name: value for name, value in (EVENT | fields).items() if value is not ...}


DRIFTS = {
    "new": (changed(size="L"), {("size", "new")}, "loaded"),
    "removed": (changed(colour=...), {("colour", "missing")}, "loaded"),
    "renamed": (
        changed(colour=..., color="red"),
        {("colour", "missing"), ("color", "new"), ("colour", "renamed")},
        "loaded",
    ),
    "type": (changed(colour=7), {("colour", "retyped")}, "loaded"),
    "nesting": (changed(colour={"name": "red"}), {("colour", "retyped"), ("colour.name", "new")}, "loaded"),
    "null": (changed(colour=None), {("colour", "retyped")}, "loaded"),
    "array to object": (changed(tags={"first": "a"}), {("tags", "retyped"), ("tags.first", "new")}, "loaded"),
    "inside": (changed(properties={"product_id": "p1", "price": "9.9"}), {("properties.price", "retyped")}, "loaded"),
    "required": (
        changed(messageId=..., id="m"),
        {("messageId", "missing"), ("id", "new"), ("messageId", "renamed")},
        "quarantined",
    ),
}


def lines(record, count, begin):
    key = "messageId" if "messageId" in record else "id"
    return "".join(json.dumps(record | {key: f"m{n}"}) + "\n" for n in range(begin, begin + count))


@pytest.mark.parametrize("name", DRIFTS)
def test_a_drift_is_written_down_in_its_run_and_no_record_is_lost(collect, warehouse, tmp_path, name):
    record, expected, fate = DRIFTS[name]
    path = tmp_path / "events.jsonl"
    path.write_text(lines(EVENT, 50, 0))
    entry = {"kind": "events", "path": str(path)}
    assert "50 received = 50 loaded" in collect(entry).stdout
    assert warehouse.execute("select count(*) from crawl.drift").fetchone() == (0,)

    with path.open("a") as file:
        file.write(lines(record, 10, 50))
    done = collect(entry)
    assert done.returncode == 0
    found = warehouse.execute("select field, change, records from crawl.drift").fetchall()
    assert {(field, change) for field, change, _ in found} == expected
    assert {records for *_, records in found} == {10}
    assert all(f"drift: {field} is {change}" in done.stdout for field, change in expected)
    kept = warehouse.execute(f"select sum({fate}) from raw.batches").fetchone()[0]
    assert kept == (10 if fate == "quarantined" else 60)


def test_a_word_that_a_mapping_does_not_know_is_drift_too(collect, warehouse, tmp_path):
    path = tmp_path / "mail.jsonl"
    words = {"field": "what", "map": {"open": "Email Opened"}}
    entry = {
        "kind": "email_events",
        "path": str(path),
        "mapping": {"event_id": "id", "event": words, "occurred_at": "at"},
    }
    path.write_text("".join(json.dumps({"id": f"e{n}", "what": "open", "at": MOMENT}) + "\n" for n in range(9)))
    collect(entry)
    with path.open("a") as file:
        file.write(json.dumps({"id": "e9", "what": "eaten", "at": MOMENT}) + "\n")
    done = collect(entry)
    assert "1 quarantined" in done.stdout and "drift: " in done.stdout
    rows = warehouse.execute("select field, change, detail, records from crawl.drift").fetchall()
    assert rows == [("event", "retyped", "a word that the mapping does not know", 1)]
    assert "eaten" not in done.stdout + done.stderr


def test_a_run_leaves_a_row_with_what_it_met_and_how_whole_its_records_were(site, collect, warehouse):
    site.pages["/orders.csv"] = (
        200,
        {},
        b"order_id,line_id,product_id,quantity,unit_price,ordered_at,country\n"
        b"o1,1,p1,1,9.90,2026-03-01T10:00:00Z,CN\n"
        b"o2,1,p1,1,9.90,2026-03-01T10:00:00Z,\n"
        b"o3,1,p1,x,1,2026-03-01T10:00:00Z,\n",
    )
    collect({"kind": "orders", "format": "csv", "url": site.url + "/orders.csv"})
    row = warehouse.execute(
        "select status, requests, responses, errors, received, loaded, quarantined, coverage from crawl.runs"
    ).fetchone()
    assert row[:-1] == ("finished", 1, {"200": 1}, 0, 3, 2, 1)
    assert (row[-1]["order_id"], row[-1]["country"]) == (1.0, 0.3333)
    shown = subprocess.run([sys.executable, "-m", "warehouse", "runs"], cwd=PROJECT, capture_output=True, text=True)
    assert "3 received = 2 loaded + 0 duplicate + 1 quarantined, 1 requests, 0 errors" in shown.stdout
    assert "country 33%" in shown.stdout
