"""The time of an event, for any clock, wait and transport."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dbt.content import dbt, event

DAY = timedelta(days=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
clocks = st.timedeltas(-3653 * DAY, 3653 * DAY)
waits, transports = st.timedeltas(timedelta(), 30 * DAY), st.timedeltas(timedelta(), timedelta(hours=1))


@pytest.fixture(scope="module")
def staged(module_warehouse, tmp_path_factory):
    models = ("event_aliases", "stg_shop__events", "--exclude", "resource_type:unit_test", "resource_type:test")
    run = dbt(tmp_path_factory.mktemp("dbt"), "build", "--select", *models)
    assert run.returncode == 0, run.stdout
    return module_warehouse


@given(clock=clocks, wait=waits, transport=transports, host=clocks)
@settings(max_examples=200, deadline=None)
def test_no_clock_of_a_device_or_host_moves_an_event_by_more_than_its_transport(staged, clock, wait, transport, host):
    sent_at, received_at = NOON + wait, NOON + wait + transport
    staged.execute("truncate raw.events")
    times = {"occurred_at": NOON + clock, "sent_at": sent_at + clock, "received_at": received_at}
    event(staged, "m", "Product Viewed", loaded_at=received_at + host, **times)
    query = "select occurred_at, device_occurred_at, is_future from staging.stg_shop__events"
    occurred_at, device_occurred_at, is_future = staged.execute(query).fetchone()
    assert timedelta() <= occurred_at - NOON <= transport
    assert device_occurred_at == NOON + clock
    assert not is_future
