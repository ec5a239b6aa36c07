"""What a day costs the transformation: beside a full refresh, and beside the same day after ten times the history."""

import time

import pytest

from tests.benchmarks.years import fill
from tests.dbt.content import dbt
from warehouse.checksum import table_checksums

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
DAILY = ("build", "--exclude", "tag:campaign", "--exclude-resource-type", "unit_test")
A_HUNDRED_DAYS, A_THOUSAND_DAYS = 100, 1000  # of 10,000 events each
MOST_GROWTH, MOST_OF_WHOLE = 1.5, 0.1


def seconds(what, folder, *arguments):
    """Build, print what it was and how long it took, and return that."""
    began = time.perf_counter()
    done = dbt(folder, *arguments)
    assert done.returncode == 0, done.stdout[-3000:]
    took = time.perf_counter() - began
    print(f"\n  dbt build, {what:<55} {took:8.1f} s", end="", flush=True)
    return took


def content(connection):
    found = table_checksums(connection)
    return {name: sums for name, sums in found.items() if name.startswith(("intermediate", "marts"))}


def test_a_day_costs_what_the_day_brought(warehouse, tmp_path):
    fill(warehouse, 0, A_HUNDRED_DAYS)
    whole = seconds("1 million events, all anew", tmp_path, *DAILY)
    fill(warehouse, A_HUNDRED_DAYS, A_HUNDRED_DAYS + 1)
    day = seconds("1 million events, 10,000 of them new", tmp_path, *DAILY)
    print(f"   {day / whole:.3f} of all anew", end="")
    daily = content(warehouse)
    seconds("1 million events, all anew again", tmp_path, *DAILY, "--full-refresh")
    assert not {name for name, sums in content(warehouse).items() if daily[name] != sums}

    fill(warehouse, A_HUNDRED_DAYS + 1, A_THOUSAND_DAYS)
    long_whole = seconds("10 million events, all anew", tmp_path, *DAILY, "--full-refresh")
    fill(warehouse, A_THOUSAND_DAYS, A_THOUSAND_DAYS + 1)
    late_day = seconds("10 million events, 10,000 of them new", tmp_path, *DAILY)
    print(f"   grew {late_day / day:.2f} times", end="")
    fill(warehouse, A_THOUSAND_DAYS + 1, A_THOUSAND_DAYS + 11)
    percent = seconds("10 million events, 1 % of them new", tmp_path, *DAILY)
    print(f"   {percent / long_whole:.3f} of all anew", flush=True)
    assert late_day / day <= MOST_GROWTH
    assert percent / long_whole <= MOST_OF_WHOLE
