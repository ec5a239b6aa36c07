"""A hundred fake customers who look at one product and buy it, in the demo shop: nobody else's list changes."""

import subprocess
from datetime import timedelta

import pytest

from tests.chain import SOURCES, environment
from tests.dbt.content import customer, event, line
from warehouse.connection import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
FAKES = 100
BUILD = ["dbt", "build", "--project-dir", "dbt", "--profiles-dir", "dbt"]
BUILD += ["--exclude", "tag:campaign", "resource_type:unit_test", "resource_type:test"]
MEASURES = """
    select metric, value from ml.measures join ml.runs using (business, run_id)
    where is_current and business = 'shop' and model = params ->> 'published_model' and metric in ('ndcg', 'new_ndcg')
"""
LISTS = """
    select customer_id, array_agg(product_id order by rank) from ml.recommendations
    where business = 'shop' and customer_id !~ '^fake' group by customer_id
"""
# On offer, known to few, and nobody's main thing: such a customer would pass for a fake.
SELDOM = """
    with known as (
        select customer_id, product_id, sum(weight) / sum(sum(weight)) over (partition by customer_id) as share
        from marts.interactions where business = 'shop' and weight > 0 group by customer_id, product_id
    )
    select product_id from known join marts.products using (product_id)
    where business = 'shop' and is_recommendable
    group by product_id having max(share) < 0.4 and count(*) between 3 and 20 order by product_id limit 1
"""


@pytest.fixture(scope="module")
def learn(shop, tmp_path_factory):
    """Return a function that builds the marts and the lists anew, after collecting the first time."""
    own = environment(tmp_path_factory.mktemp("dbt")) | {"SHOP_URL": shop[0]}

    def run(*words):
        done = subprocess.run(words, cwd=PROJECT, env=own, capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"

    for source in SOURCES:
        run("python", "-m", "scrapers", source)

    def again():
        run(*BUILD)
        for command in ("terms", "recommend"):
            run("python", "-m", "ml", command, "--business", "shop")

    return again


def attack(connection, product):
    """Let each fake look at the product twice and order it three times within the last weeks."""
    (now,) = connection.execute("select max(ordered_at) from raw.orders where business = 'shop'").fetchone()
    for number in range(FAKES):
        fake, when = f"fake{number}", now - timedelta(days=21) + timedelta(hours=3 * number)
        for at in range(2):
            moment = when + timedelta(minutes=7 * at)
            times = {"occurred_at": moment, "received_at": moment, "sent_at": moment}
            properties = {"product_id": product}
            event(connection, f"v{number}-{at}", "Product Viewed", user_id=fake, properties=properties, **times)
        for at in range(3):
            line(connection, f"x{number}-{at}", "1", product, customer_id=fake, ordered_at=when + timedelta(days=at))


def test_a_hundred_fake_customers_lift_their_product_into_nobodys_list(module_warehouse, learn):
    for number in range(FAKES):
        customer(module_warehouse, f"fake{number}")
    learn()
    (product,) = module_warehouse.execute(SELDOM).fetchone()
    honest, lists = (dict(module_warehouse.execute(query).fetchall()) for query in (MEASURES, LISTS))
    assert module_warehouse.execute("select count(*) from intermediate.int_pushers__found").fetchone() == (0,)
    attack(module_warehouse, product)
    learn()
    found = "select count(*), count(*) filter (where customer_id ~ '^fake') from intermediate.int_pushers__found"
    assert module_warehouse.execute(found).fetchone() == (FAKES, FAKES)
    attacked, after = (dict(module_warehouse.execute(query).fetchall()) for query in (MEASURES, LISTS))
    print(f"\n{honest} → {attacked}, {sum(after[one] != lists[one] for one in lists)} of {len(lists)} lists changed")
    assert len(lists) > 200 and after == lists
    assert attacked == honest
