"""`python -m ml lift` on marts by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from ml.__main__ import main
from ml.lift import judgement
from tests.ml.worlds import MARTS

TABLES = """
    create table marts.contacts (
        business text, campaign_id text, customer_id text, arm text, channel text, hold_out_share numeric,
        window_days int, is_control bool, contacted_at timestamptz
    );
    create table marts.conversions (
        business text, conversion_id text, of_conversion_id text, customer_id text, kind text, conversions int,
        revenue numeric, currency text, converted_at timestamptz
    );
    create table marts.touches (
        business text, touch_id text, customer_id text, campaign_id text, kind text, channel text,
        touched_at timestamptz
    );
    create table marts.attribution (
        business text, model text, conversion_id text, touch_id text, campaign_id text, conversions numeric,
        revenue numeric
    )
"""
SENT = datetime(2026, 3, 1, tzinfo=UTC)


def buy(connection, customer, days, revenue=10, conversions=1, of=None):
    at = SENT + timedelta(days=days)
    order = f"order:{customer}:{days}:{conversions}"
    kind = "purchase" if conversions > 0 else "refund"
    row = [order, of or order, customer, kind, conversions, revenue, at]
    query = "insert into marts.conversions values ('toy', %s, %s, %s, %s, %s, %s, 'CNY', %s)"
    connection.execute(query, row)
    return order


@pytest.fixture
def marts(warehouse, monkeypatch):
    """120 customers of a mailing, a third of them held out: half of the treated buy, a quarter of the control."""
    monkeypatch.setattr(judgement, "FEWEST", 20)  # the world of the tests is small
    warehouse.execute(MARTS)
    warehouse.execute(TABLES)
    for number in range(120):
        customer, held_out = f"c{number:03}", number % 3 == 0
        query = "insert into marts.customers (business, customer_id, last_seen_at) values ('toy', %s, '2026-05-01Z')"
        warehouse.execute(query, [customer])
        arm = ["hold_out", True] if held_out else ["treatment", False]
        row = [customer, arm[0], arm[1], SENT]
        query = "insert into marts.contacts values ('toy', 'spring', %s, %s, 'Email', 0.3333, 14, %s, %s)"
        warehouse.execute(query, row)
        buy(warehouse, customer, -3 - number % 5, revenue=10 + number % 7)
        if number % 12 in (0, 1, 2, 4, 5, 7):  # 10 of the 40 held out, 50 of the 80 treated
            buy(warehouse, customer, 2)
        buy(warehouse, customer, 14)  # too late
    return warehouse


def rate(connection):
    query = """
        select treated, control, treated_mean, control_mean, is_causal from ml.campaign_lift
        where segment = 'all' and outcome = 'conversion_rate'
    """
    return connection.execute(query).fetchone()


def test_the_treated_are_compared_with_the_held_out(marts, capsys):
    assert main(["lift"]) == 0
    assert "1 campaigns: 1 comparable" in capsys.readouterr().out
    assert rate(marts) == (80, 40, 0.625, 0.25, True)
    before = marts.execute("select * from ml.campaign_lift order by segment, outcome").fetchall()
    assert main(["lift"]) == 0
    assert marts.execute("select * from ml.campaign_lift order by segment, outcome").fetchall() == before


def test_what_was_refunded_counts_for_nothing_however_late(marts):
    order = buy(marts, "c008", 3)
    buy(marts, "c008", 40, revenue=-10, conversions=-1, of=order)
    assert main(["lift"]) == 0
    assert rate(marts)[:4] == (80, 40, 0.625, 0.25)


def test_whoever_objects_to_analytics_counts_in_no_group(marts):
    for customer in ("c000", "c001"):
        row = [customer, SENT]
        marts.execute("insert into marts.consents values ('toy', %s, 'analytics', false, %s, null)", row)
    assert main(["lift"]) == 0
    assert rate(marts)[:2] == (79, 39)


def test_a_broken_split_is_reported_and_nothing_is_compared(marts):
    marts.execute("update marts.contacts set hold_out_share = 0.6")
    assert main(["lift"]) == 0
    verdict, reason = marts.execute("select verdict, reason from ml.campaign_verdicts").fetchone()
    assert verdict == "broken split" and "must not be compared" in reason
    assert rate(marts) is None


def test_where_the_share_was_changed_customers_of_the_first_stay_comparable(marts):
    """Sixty who came later, of whom half were held out and all buy: pooled, the split is broken and the rate wrong."""
    for number in range(200, 260):
        arm = ("hold_out", True) if number % 2 else ("treatment", False)
        row = [f"c{number}", arm[0], arm[1], SENT]
        marts.execute("insert into marts.contacts values ('toy', 'spring', %s, %s, 'Email', 0.5, 14, %s, %s)", row)
        buy(marts, f"c{number}", 2)
    assert main(["lift"]) == 0
    assert rate(marts) == (80, 40, 0.625, 0.25, True)


def test_the_funnel_counts_customers_of_each_arm_and_the_held_out_were_never_reached(marts):
    for number, kind in enumerate(["delivery", "open", "open", "click"]):
        row = [f"t{number}", kind, SENT + timedelta(hours=number)]
        marts.execute("insert into marts.touches values ('toy', %s, 'c001', 'spring', %s, 'Email', %s)", row)
    marts.execute("insert into marts.attribution values ('toy', 'last', 'o', 't3', 'spring', 1, 10)")
    assert main(["lift"]) == 0
    rows = marts.execute("select arm, step, customers, times from ml.campaign_funnel order by arm, number").fetchall()
    assert rows == [
        ("hold_out", "member", 40, 40),
        ("hold_out", "conversion", 10, 10),
        ("treatment", "member", 80, 80),
        ("treatment", "delivery", 1, 1),
        ("treatment", "open", 1, 2),
        ("treatment", "click", 1, 1),
        ("treatment", "conversion", 50, 50),
    ]
    query = "select credited, incremental from ml.channel_increments where outcome = 'orders' and model = 'last'"
    assert marts.execute(query).fetchone() == (1, pytest.approx(30))


def test_own_campaigns_are_judged_by_who_was_enrolled_and_segments_by_who_was_in_them_then(marts):
    marts.execute("create table marts.enrolments as select * from marts.contacts")
    marts.execute("update marts.enrolments set campaign_id = 'own'")
    marts.execute(
        """
        create table marts.segment_memberships as
        select business, case when number % 2 = 0 then 'gone' else 'loyal' end as segment_id, customer_id,
            timestamptz '2026-01-01Z' as entered_at,
            case when number % 2 = 0 then timestamptz '2026-02-01Z' end as left_at
        from (select *, row_number() over (order by customer_id) - 1 as number from marts.customers) as customers
        """
    )
    assert main(["lift"]) == 0
    query = "select distinct campaign_id, segment, treated, control from ml.campaign_lift order by 1, 2"
    expected = [("all", 80, 40), ("bought before", 80, 40), ("loyal", 40, 20)]
    assert marts.execute(query).fetchall() == [(name, *row) for name in ("own", "spring") for row in expected]


def test_without_the_marts_the_next_command_is_named(warehouse, capsys):
    warehouse.execute(MARTS)
    warehouse.execute("insert into marts.customers (business, customer_id) values ('toy', 'c')")
    assert main(["lift"]) == 1
    assert "marts.contacts is missing: run `dbt build" in capsys.readouterr().err
