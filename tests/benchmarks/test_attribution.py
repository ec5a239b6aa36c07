"""Attribution of a million touches, beside sorting them once in the same database."""

import time

import pytest

from tests.dbt.content import dbt
from tests.dbt.test_attribution import TABLES

pytestmark = pytest.mark.bench
TOUCHES, MOST_SECONDS = 1_000_000, 60


def fill(connection):
    """A million touches of 50,000 customers over 120 days, and a purchase for every fourth of them."""
    connection.execute(TABLES)
    connection.execute("select setseed(0.5)")
    connection.execute(
        """
        insert into marts.touches
        select 'a', 't' || n, 'c' || floor(random() * 50000), (
            array['Direct', 'Email', 'Paid Search', 'Organic Search', 'Referral']
        )[1 + floor(random() * 5)::int], null, true, timestamptz '2026-01-01Z' + random() * interval '120 days'
        from generate_series(1, %s) as n
        """,
        [TOUCHES],
    )
    connection.execute(
        """
        insert into marts.conversions
        select
            'a', 'order:' || n, 'order:' || n, 'c' || floor(random() * 50000), 'purchase', 1,
            round((random() * 500)::numeric, 2), 'CNY', timestamptz '2026-01-01Z' + random() * interval '120 days'
        from generate_series(1, %s) as n
        """,
        [TOUCHES // 4],
    )
    connection.execute("analyze marts.touches; analyze marts.conversions")


def test_a_million_touches_are_attributed_within_a_minute(warehouse, tmp_path):
    fill(warehouse)
    started = time.perf_counter()
    warehouse.execute("create table sorted as select * from marts.touches order by business, customer_id, touched_at")
    bound = time.perf_counter() - started
    started = time.perf_counter()
    run = dbt(tmp_path, "run", "--select", "journeys", "attribution")
    seconds = time.perf_counter() - started
    assert run.returncode == 0, run.stdout
    credits = warehouse.execute("select count(*) from marts.attribution").fetchone()[0]
    started = time.perf_counter()
    from ml import attribution

    attribution.attribution(warehouse, "a")
    markov = time.perf_counter() - started
    print(
        f"\n{TOUCHES:,} touches, seven models: {seconds:.1f} s with dbt's start, {TOUCHES / seconds:,.0f} touches/s, "
        f"{credits / seconds:,.0f} credits/s; sorting them once takes {bound:.1f} s, {seconds / bound:.0f} times less; "
        f"Markov chains of orders 1 to 3: {markov:.1f} s"
    )
    assert seconds <= MOST_SECONDS
