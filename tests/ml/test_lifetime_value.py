from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ml.__main__ import main
from ml.lifetime_value import BetaGeometric, GammaGamma, Histories
from ml.value import LIFETIME_WEEKS, SOON_WEEKS
from tests.ml.worlds import MARTS

CUSTOMERS, WEEKS, AHEAD = 6_000, 52, 39
BUYING = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426)  # what Fader, Hardie and Lee found for CDNOW
SPENDING = GammaGamma(p=6.25, q=3.74, gamma=15.44)  # what Fader and Hardie found for CDNOW
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)


def weeks_of_repeats(random, rate, chance_to_leave):
    """The weeks in which a customer buys again, until they leave or the world ends."""
    week, found = 0.0, []
    while (week := week + random.exponential(1 / rate)) <= WEEKS + AHEAD:
        found.append(week)
        if random.random() < chance_to_leave:
            break
    return np.array(found)


@pytest.fixture(scope="module")
def simulated():
    """What is seen of customers of the model's world, and how often each buys in the weeks after."""
    random = np.random.default_rng(5)
    watched = WEEKS - random.uniform(0, 13, CUSTOMERS)
    rates = random.gamma(BUYING.r, 1 / BUYING.alpha, CUSTOMERS)
    chances = random.beta(BUYING.a, BUYING.b, CUSTOMERS)
    repeats, last, later = np.zeros((3, CUSTOMERS))
    for at, own in enumerate(zip(rates, chances, strict=True)):
        weeks = weeks_of_repeats(random, *own)
        before = weeks[weeks <= watched[at]]
        repeats[at], last[at] = len(before), before.max(initial=0)
        later[at] = (weeks <= watched[at] + AHEAD).sum() - len(before)
    return Histories(repeats, last, watched), later


def error(guess, truth):
    return np.sqrt(np.mean((guess - truth) ** 2))


def test_the_parameters_that_made_the_purchases_are_found_again(simulated):
    found = BetaGeometric.fit(simulated[0])
    print(f"\n{found}")
    assert found.r == pytest.approx(BUYING.r, rel=0.1)
    assert found.alpha == pytest.approx(BUYING.alpha, rel=0.1)
    # a and b are told apart weakly, the mean chance to leave is not.
    assert found.a / (found.a + found.b) == pytest.approx(BUYING.a / (BUYING.a + BUYING.b), rel=0.15)


def test_held_out_purchases_are_foretold_better_than_by_the_mean_or_by_going_on(simulated):
    seen, later = simulated
    guess = BetaGeometric.fit(seen).expected(seen, AHEAD)
    mean, own_rate = np.full(CUSTOMERS, later.mean()), seen.repeats / seen.weeks * AHEAD
    print(f"\nmodel {error(guess, later):.3f}, true mean {error(mean, later):.3f}, own {error(own_rate, later):.3f}")
    assert error(guess, later) < 0.8 * min(error(mean, later), error(own_rate, later))
    assert guess.mean() == pytest.approx(later.mean(), rel=0.1)


def test_who_is_said_to_fall_silent_does(simulated):
    seen, later = simulated
    silent = BetaGeometric.fit(seen).silent(seen, AHEAD)
    fifths = np.array_split(np.argsort(silent, kind="stable"), 5)
    said, found = [silent[fifth].mean() for fifth in fifths], [(later[fifth] == 0).mean() for fifth in fifths]
    assert found == pytest.approx(said, abs=0.05)
    assert found[-1] - found[0] > 0.4


def everyones_mean(model):
    return model.p * model.gamma / (model.q - 1)


def test_what_a_purchase_is_worth_leans_to_the_mean_where_little_is_known():
    random = np.random.default_rng(6)
    purchases = random.integers(1, 9, CUSTOMERS)
    rate = random.gamma(SPENDING.q, 1 / SPENDING.gamma, CUSTOMERS)
    mean_value = random.gamma(SPENDING.p * purchases, 1 / rate) / purchases
    found = GammaGamma.fit(purchases, mean_value)
    print(f"\n{found}")
    # p and gamma are told apart weakly, the spread of customers and everyone's mean are not.
    assert found.p == pytest.approx(SPENDING.p, rel=0.25)
    assert found.q == pytest.approx(SPENDING.q, rel=0.05)
    assert everyones_mean(found) == pytest.approx(everyones_mean(SPENDING), rel=0.02)
    truth, guess = SPENDING.p / rate, found.expected(purchases, mean_value)
    assert error(guess, truth) < 0.95 * error(mean_value, truth)
    assert guess.mean() == pytest.approx(truth.mean(), rel=0.05)
    once, often = found.expected(np.array([1, 50]), np.array([100.0, 100.0]))
    assert once < often < 100


def fill(connection, business, buyers):
    """Buyers of whom each third one never comes back and the others buy every other week, a year long."""
    for number in range(buyers):
        weeks = [number % 9] if number % 3 == 0 else range(number % 9, 50, 2)
        customer = f"c{number:03}"
        connection.execute(
            "insert into marts.customers (business, customer_id, last_seen_at) values (%s, %s, '2026-12-31Z')",
            [business, customer],
        )
        consent = [business, customer, number != 1]
        connection.execute("insert into marts.consents values (%s, %s, 'analytics', %s, '2026-01-01Z', null)", consent)
        for week in weeks:
            row = [business, f"{customer}-{week}", customer, FIRST + timedelta(weeks=week), 1, 10 + number]
            connection.execute("insert into marts.orders values (%s, %s, %s, %s, %s, %s)", row)


def test_the_command_writes_a_value_for_each_buyer_who_may_be_analysed(warehouse, capsys):
    warehouse.execute(MARTS)
    fill(warehouse, "toy", 90)
    fill(warehouse, "tiny", 9)
    assert main(["value"]) == 0
    assert "tiny: skipped, fewer than 50 buyers" in capsys.readouterr().out
    query = "select * from ml.lifetime_values order by customer_id"
    values = {row[1]: row[2:] for row in warehouse.execute(query).fetchall()}
    assert values.keys() == {f"c{number:03}" for number in range(90)} - {"c001"}
    alive, soon, churn_risk, worth, lifetime = values["c002"]
    assert 0 < alive <= 1 and 4 < soon < SOON_WEEKS / 2 + 1
    assert lifetime < soon * worth * LIFETIME_WEEKS / SOON_WEEKS
    assert worth == pytest.approx(12, rel=0.1)
    assert churn_risk < 0.1 < values["c000"][2]
    held_out, naive = warehouse.execute("select held_out_error, naive_error from ml.value_models").fetchone()
    assert held_out < naive

    before = warehouse.execute(query).fetchall()
    warehouse.execute("create table shuffled as select * from marts.orders order by md5(order_id)")
    warehouse.execute("truncate marts.orders; insert into marts.orders select * from shuffled")
    assert main(["value", "--business", "toy"]) == 0
    assert warehouse.execute(query).fetchall() == before
