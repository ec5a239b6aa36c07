"""No published step of a campaign, and no difference of two, speaks of few."""

import itertools
import random

import pytest

from tests.dbt.content import dbt

CELL, CAMPAIGNS = 50, 300
STEPS = ("member", "delivery", "impression", "open", "click", "conversion")


def funnels(chance):
    """Yield (campaign, customers by step): parts of who entered, many of them all but a few of another step."""
    for number in range(CAMPAIGNS):
        steps = {"member": frozenset(range(chance.randrange(20, 500)))}
        for step in STEPS[1:]:
            within = chance.choice(list(steps.values()))
            near = max(0, len(within) - chance.randrange(0, 2 * CELL))
            count = chance.choice([near, chance.randrange(len(within) + 1)])
            steps[step] = frozenset(chance.sample(sorted(within), count))
        yield f"c{number}", steps


@pytest.fixture(scope="module")
def published(module_warehouse, tmp_path_factory):
    """What the model makes of these funnels: customers by campaign and step."""
    folder = tmp_path_factory.mktemp("dbt")
    run = dbt(folder, "compile", "--select", "campaign_funnel")
    assert run.returncode == 0, run.stdout
    (path,) = (folder / "target" / "compiled").rglob("campaign_funnel.sql")
    rows = [
        ("shop", campaign, "treatment", step, STEPS.index(step) + 1, "Email", len(customers), 2 * len(customers))
        for campaign, steps in funnels(random.Random(20))
        for step, customers in steps.items()
    ]
    with module_warehouse.cursor() as cursor:
        cursor.executemany("insert into ml.campaign_funnel values (%s, %s, %s, %s, %s, %s, %s, %s)", rows)
    found = {}
    module_warehouse.execute(f"create view public.published as {path.read_text()}")
    for campaign, step, customers, times in module_warehouse.execute(
        "select campaign_id, step, customers, times from public.published"
    ).fetchall():
        assert times == (None if customers is None else 2 * customers)
        found.setdefault(campaign, {})[step] = customers
    return found


def test_no_published_step_and_no_difference_of_two_speaks_of_few(published):
    counts, withheld, isolating = 0, 0, []
    for campaign, steps in funnels(random.Random(20)):
        assert published[campaign].keys() == steps.keys()
        shown = {step: count for step, count in published[campaign].items() if count is not None}
        assert all(count == len(steps[step]) >= CELL for step, count in shown.items())
        counts, withheld = counts + len(shown), withheld + len(steps) - len(shown)
        for one, other in itertools.permutations(shown, 2):
            if steps[one] < steps[other] and len(steps[other] - steps[one]) < CELL:
                isolating.append((campaign, one, other))
    print(f"\n{counts:,} published steps, {withheld:,} withheld, {len(isolating)} isolating differences")
    assert counts > CAMPAIGNS and withheld > CAMPAIGNS and isolating == []
