"""Removal effects beside plain walks through the paths, and what the command writes."""

from collections import defaultdict
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.__main__ import main
from ml.attribution import credits, shares
from ml.markov import Path, removal_effects
from tests.ml.worlds import MARTS

JOURNEYS = """
    create table marts.journeys (business text, journey_id text, channel text, number int);
    create table marts.conversions (
        business text, conversion_id text, of_conversion_id text, conversions int, revenue numeric, currency text
    )
"""


@st.composite
def path_sets(draw):
    """Up to eight paths of up to four touches in three channels, some of which convert."""
    channels = st.lists(st.sampled_from("ABC"), min_size=1, max_size=4)
    found = draw(st.lists(st.tuples(channels, st.integers(1, 9), st.floats(0, 1)), min_size=1, max_size=8))
    return [Path(tuple(path), journeys, round(journeys * share)) for path, journeys, share in found]


def slow_rate(paths, order, without):
    """Push the probability of being in each state on, step by step, until hardly any is left on the way."""
    seen = defaultdict(lambda: defaultdict(float))
    for path in paths:
        for at, channel in enumerate(path.channels):
            before = path.channels[max(at - order, 0) : at]
            seen[before][(*before, channel)[-order:]] += path.journeys
        end = path.channels[-order:]
        seen[end]["converted"] += path.converted
        seen[end]["lost"] += path.journeys - path.converted
    on_the_way, converted = {(): 1.0}, 0.0
    for _ in range(20_000):
        following = defaultdict(float)
        for state, chance in on_the_way.items():
            for other, weight in seen[state].items():
                part = chance * weight / sum(seen[state].values())
                if other == "converted":
                    converted += part
                elif other != "lost" and other[-1] != without:
                    following[other] += part
        on_the_way = following
        if sum(on_the_way.values()) < 1e-13:
            break
    return converted


@settings(max_examples=150, deadline=None)
@given(path_sets(), st.sampled_from([1, 2, 3]))
def test_removal_effects_are_those_of_walks_step_by_step(paths, order):
    whole = slow_rate(paths, order, None)
    found = removal_effects(paths, order)
    if not sum(path.converted for path in paths):
        assert found == {}
        return
    channels = {channel for path in paths for channel in path.channels}
    expected = {channel: 1 - slow_rate(paths, order, channel) / whole for channel in channels}
    assert found == pytest.approx(expected, abs=1e-8)


def test_a_channel_that_every_conversion_needs_is_worth_all_and_one_that_none_needs_nothing():
    paths = [Path(("A", "B"), 10, 5), Path(("C",), 10, 0)]
    assert removal_effects(paths, 1) == {"A": 1, "B": 1, "C": 0}


def test_a_longer_memory_sees_that_only_one_order_of_touches_converts():
    paths = [Path(("A", "B"), 10, 10), Path(("B", "A"), 10, 0), Path(("C", "A", "B"), 10, 0)]
    first, second = removal_effects(paths, 1), removal_effects(paths, 3)
    assert first["C"] > 0.1 and second["C"] == pytest.approx(0)


@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.floats(1e-6, 1), min_size=1, max_size=9),
    st.decimals(-(10**9), 10**9, places=6),
)
def test_shares_add_up_to_the_total_exactly(effects, total):
    assert sum(shares(effects, total).values()) == total


def brute_shapley(worth, channels):
    """The mean over all orders of arrival of what a channel adds to those before it."""
    found = dict.fromkeys(channels, 0.0)
    orders = list(permutations(channels))
    for order in orders:
        for at, channel in enumerate(order):
            found[channel] += (worth(set(order[: at + 1])) - worth(set(order[:at]))) / len(orders)
    return found


@settings(max_examples=50, deadline=None)
@given(path_sets())
def test_each_channel_of_a_journey_the_same_is_the_shapley_value(paths):
    """What the model shapley of marts.attribution rests on."""
    channels = sorted({channel for path in paths for channel in path.channels})
    equal = dict.fromkeys(channels, 0.0)
    for path in paths:
        for channel in set(path.channels):
            equal[channel] += path.converted / len(set(path.channels))
    brute = brute_shapley(lambda group: sum(p.converted for p in paths if group >= set(p.channels)), channels)
    assert equal == pytest.approx(brute)


def test_without_any_effect_nobody_is_credited():
    found = [(["A"], "CNY", 3, 1, Decimal(5))]
    assert list(credits({}, found, [])) == [("(none)", "CNY", None, 1, 5)]


def walk(connection, journey, channels, revenue=None, refunded=False):
    for number, channel in enumerate(channels, 1):
        connection.execute("insert into marts.journeys values ('toy', %s, %s, %s)", [journey, channel, number])
    if revenue:
        row = [journey, journey, 1, revenue]
        connection.execute("insert into marts.conversions values ('toy', %s, %s, %s, %s, 'CNY')", row)
    if refunded:
        row = [f"refund:{journey}", journey, -1, -revenue]
        connection.execute("insert into marts.conversions values ('toy', %s, %s, %s, %s, 'CNY')", row)


def test_the_command_credits_all_that_was_not_refunded(warehouse, capsys):
    warehouse.execute(MARTS)
    warehouse.execute(JOURNEYS)
    warehouse.execute("insert into marts.customers (business, customer_id) values ('toy', 'c')")
    walk(warehouse, "o1", ["Email", "Direct"], 30)
    walk(warehouse, "o2", ["Paid Search"], Decimal("0.3333"))
    walk(warehouse, "o3", ["Display"], 50, refunded=True)
    walk(warehouse, "o4", [], 7)
    walk(warehouse, "open:c", ["Display", "Display"])
    assert main(["attribution"]) == 0
    assert "4 different paths" in capsys.readouterr().out
    query = "select channel, removal_effect, conversions, revenue from ml.channel_credits where model = 'markov_2'"
    rows = {row[0]: row[1:] for row in warehouse.execute(query)}
    assert rows["(none)"] == (None, 1, 7)
    assert rows["Display"] == (0, 0, 0)
    assert [float(share) for share in rows["Email"]] == pytest.approx([0.5, 2 / 3, 10.1111], abs=1e-4)
    assert sum(row[1] for row in rows.values()) == 3 and sum(row[2] for row in rows.values()) == Decimal("37.3333")
    assert main(["attribution"]) == 0
    assert {row[0]: row[1:] for row in warehouse.execute(query)} == rows
