"""Credits of touches beside slow and obvious reckonings, on touches and purchases at random."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.dbt.content import dbt

CHANNELS = ["Direct", "Email", "Paid Search", "Organic Social", "Referral"]
WINDOW, HALF_LIFE = timedelta(days=30), timedelta(days=7)
TABLES = """
    create schema if not exists marts;
    create table marts.touches (
        business text, touch_id text, customer_id text, channel text, campaign_id text, is_credited bool,
        touched_at timestamptz
    );
    create table marts.conversions (
        business text, conversion_id text, of_conversion_id text, customer_id text, kind text, conversions int,
        revenue numeric, currency text, converted_at timestamptz
    )
"""


def copied(connection, table, rows):
    with connection.cursor().copy(f"copy marts.{table} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def world(seed=3, customers=60, days=90):
    """Touches and conversions of each customer at random; every fifth purchase is given back, every tenth whole."""
    random, touches, conversions = np.random.default_rng(seed), [], []
    begin = datetime(2026, 1, 1, tzinfo=UTC)

    def moments(mean):
        return [begin + timedelta(seconds=int(at)) for at in random.integers(0, days * 86400, random.poisson(mean))]

    for number in range(customers):
        customer = f"c{number}"
        for at in moments(12):
            row = (f"t{len(touches)}", customer, CHANNELS[random.integers(5)], None, random.random() < 0.8, at)
            touches.append(("a", *row))
        for at in moments(5):
            order, revenue = f"order:{len(conversions)}", Decimal(int(random.integers(1, 10**7))) / 1000
            conversions.append(("a", order, order, customer, "purchase", 1, revenue, "CNY", at))
            if len(conversions) % 5 == 0:
                all_of_it = len(conversions) % 10 == 0
                back = revenue if all_of_it else (revenue / 3).quantize(Decimal("0.001"))
                row = (f"refund:{order}", order, customer, "refund", -int(all_of_it), -back, "CNY", at + WINDOW)
                conversions.append(("a", *row))
    return touches, conversions


@pytest.fixture(scope="module")
def credited(module_warehouse, tmp_path_factory):
    """The credits of a world, its touches and its conversions."""
    touches, conversions = world()
    module_warehouse.execute(TABLES)
    copied(module_warehouse, "touches", touches)
    copied(module_warehouse, "conversions", conversions)
    run = dbt(tmp_path_factory.mktemp("dbt"), "run", "--select", "journeys", "attribution")
    assert run.returncode == 0, run.stdout
    found = defaultdict(dict)
    query = "select model, conversion_id, touch_id, conversions, revenue from marts.attribution"
    for model, conversion, touch, conversions_of_it, revenue in module_warehouse.execute(query):
        found[model, conversion][touch] = (conversions_of_it, revenue)
    return found, touches, conversions


def path_of(conversion, touches):
    _, _, _, customer, _, _, _, _, at = conversion
    mine = [t for t in touches if t[2] == customer and t[5] and at - WINDOW < t[6] <= at]
    return sorted(mine, key=lambda touch: (touch[6], touch[1]))


def slow_share(model, path, at, now):
    """The share of the touch at a place of a path."""
    count, channels = len(path), [touch[3] for touch in path]
    if model == "first":
        return float(at == 0)
    if model == "last":
        return float(at == count - 1)
    if model == "last_not_direct":
        others = [place for place in range(count) if channels[place] != "Direct"] or [count - 1]
        return float(at == others[-1])
    if model == "linear":
        return 1 / count
    if model == "position_based":
        if count < 3:
            return 1 / count
        return 0.4 if at in (0, count - 1) else 0.2 / (count - 2)
    if model == "time_decay":
        weights = [0.5 ** ((now - touch[6]) / HALF_LIFE) for touch in path]
        return weights[at] / sum(weights)
    return 1 / len(set(channels)) / channels.count(channels[at])


MODELS = ("first", "last", "last_not_direct", "linear", "position_based", "time_decay", "shapley")


@pytest.mark.parametrize("model", MODELS)
def test_credits_are_those_of_slow_and_obvious_code(credited, model):
    found, touches, conversions = credited
    purchases = {row[1]: row for row in conversions if row[4] == "purchase"}
    judged = 0
    for conversion in conversions:
        purchase = purchases[conversion[2]]
        path = path_of(purchase, touches)
        shares = {t[1]: slow_share(model, path, at, purchase[8]) for at, t in enumerate(path)} or {"": 1.0}
        expected = {touch: share for touch, share in shares.items() if share > 0}
        mine = found[model, conversion[1]]
        assert {touch: float(money) for touch, (_, money) in mine.items()} == pytest.approx(
            {touch: share * float(conversion[6]) for touch, share in expected.items()}, abs=0.001
        )
        counted = {touch: float(count) for touch, (count, _) in mine.items()}
        assert counted == pytest.approx({t: share * conversion[5] for t, share in expected.items()}, abs=1e-8)
        judged += len(path) > 2
    assert judged > 100


@pytest.mark.parametrize("model", MODELS)
def test_credits_add_up_to_their_conversion_exactly(credited, model):
    found, _, conversions = credited
    for conversion in conversions:
        mine = found[model, conversion[1]].values()
        assert sum(count for count, _ in mine) == conversion[5]
        assert sum(money for _, money in mine) == conversion[6]
