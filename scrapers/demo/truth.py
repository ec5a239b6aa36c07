"""Write down what was planted in a world, apart from it: `python -m scrapers.demo truth --out DIR`."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from scrapers.demo import clocks, feeds, mail, planted
from scrapers.demo.catalogue import catalogue
from scrapers.demo.world import World

PARTS = re.compile(
    rb'^\{"messageId":"(?P<message>[^"]+)","type":"(?P<type>\w+)".*?"anonymousId":"(?P<device>[^"]+)",'
    rb'"userId":(?:null|"(?P<user>[^"]+)"),"timestamp":"(?P<happened>[^"]+)'
)
BEFORE = re.compile(rb'"type":"alias","previousId":"([^"]+)"')


def write(world: World, folder: Path) -> dict:
    """Write every truth of a world as one file each, and return the totals."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = _walk(world)
    _write(folder / "customers.jsonl", planted.customers(world))
    _write(folder / "products.jsonl", planted.products(world))
    _write(folder / "identities.jsonl", planted.identities(world, seen["devices"], seen["renewed"]))
    _write(folder / "bots.jsonl", planted.machines(world, seen["bots"]))
    _write(folder / "campaigns.jsonl", planted.campaigns(world))
    _write(folder / "assignments.jsonl", planted.assignments(world))
    _write(folder / "mail_machines.jsonl", mail.machines(world))
    for name in ("poison", "duplicates", "late", "clocks"):
        _write(folder / f"{name}.jsonl", seen[name])
    totals = seen["totals"] | {"products": len(catalogue(world)), "customers": world.customers}
    (folder / "totals.json").write_text(json.dumps(totals, indent=1))
    parameters = asdict(world) | {"start": world.start.isoformat()}
    (folder / "world.json").write_text(json.dumps(parameters, indent=1))
    return totals


def _write(path: Path, rows) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _walk(world: World) -> dict:
    """Go through everything that is ever served, once, and count and note what is not plain good."""
    found = {name: [] for name in ("poison", "duplicates", "late", "clocks")}
    found |= {"devices": defaultdict(set), "renewed": defaultdict(set), "bots": Counter(), "totals": {}}
    for name, feed in feeds.FEEDS.items():
        truths, days = Counter(), []
        for day in range(world.days):
            of_day = Counter()
            for part in range(feed.parts(world, day)):
                for record in feeds.records(world, name, day, part):
                    of_day[record.truth] += 1
                    _note(world, name, day, record, found)
            truths += of_day
            days.append(_count(of_day) | {"day": world.date(day).isoformat()})
        found["totals"][name] = _count(truths) | {"days": days}
    return found


def _count(truths: Counter) -> dict:
    poison = {kind: n for kind, n in sorted(truths.items()) if kind not in (feeds.GOOD, feeds.DUPLICATE)}
    return {
        "records": truths.total(),
        "good": truths[feeds.GOOD],
        "duplicates": truths[feeds.DUPLICATE],
        "poisoned": sum(poison.values()),
        "poison": poison,
    }


def _note(world: World, name: str, day: int, record: feeds.Record, found: dict) -> None:
    arrived = world.date(day).isoformat()
    if record.truth != feeds.GOOD:
        note = {"feed": name, "day": arrived, "sha256": sha256(record.raw).hexdigest(), "bytes": len(record.raw)}
        if record.truth == feeds.DUPLICATE:
            found["duplicates"].append(note)
        else:
            found["poison"].append({"kind": record.truth} | note)
        return
    if name != "events":
        return
    parts = PARTS.match(record.raw).groupdict()
    message, device, happened = (parts[key].decode() for key in ("message", "device", "happened"))
    if "-bot" in message:
        found["bots"][device] += 1
    elif parts["user"]:
        found["devices"][parts["user"].decode()].add(device)
    if before := BEFORE.search(record.raw):
        found["renewed"][before[1].decode()].add(device)
    if ahead := clocks.offset(device):
        happened = (datetime.fromisoformat(happened) - ahead).isoformat()
        known = {"message_id": message, "happened_at": happened, "clock_ahead_seconds": int(ahead.total_seconds())}
        found["clocks"].append(known)
    if happened[:10] != arrived:
        found["late"].append({"message_id": message, "happened_on": happened[:10], "arrived_on": arrived})
