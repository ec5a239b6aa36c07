"""A hundred fake customers who look at one product and buy it, in the demo shop: nobody else's list changes."""

import subprocess
from datetime import timedelta

import pytest

from tests.chain import SOURCES, environment
from tests.dbt.content import event, line
from warehouse.connection import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
FAKES = 100
BUILD = ["dbt", "build", "--project-dir", "dbt", "--profiles-dir", "dbt"]
BUILD += ["--exclude", "tag:campaign", "resource_type:unit_test", "resource_type:test"]
MEASURES = """
    select metric, value from ml.measures join ml.runs using (business, run_id)
    where is_current and business = 'shop' and model = 'with_rules'
"""
SHARE = """
    select count(distinct customer_id) filter (where product_id = %s)::float8 / count(distinct customer_id)
    from ml.{} where business = 'shop' and customer_id not like 'fake%%'
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
        customer, when = f"fake{number}", now - timedelta(days=21) + timedelta(hours=3 * number)
        for at in range(2):
            moment = when + timedelta(minutes=7 * at)
            times = {"occurred_at": moment, "received_at": moment, "sent_at": moment}
            properties = {"product_id": product}
            event(connection, f"v{number}-{at}", "Product Viewed", user_id=customer, properties=properties, **times)
        for at in range(3):
            line(
                connection, f"x{number}-{at}", "1", product, customer_id=customer, ordered_at=when + timedelta(days=at)
            )


def test_a_hundred_fake_customers_lift_their_product_into_nobodys_list(module_warehouse, learn):
    learn()
    seldom = """
        select product_id from marts.interactions join marts.products using (business, product_id)
        where business = 'shop' and is_recommendable and event = 'Order Completed'
        group by product_id having count(distinct customer_id) between 3 and 8 order by product_id limit 1
    """
    (product,) = module_warehouse.execute(seldom).fetchone()

    def state():
        measures = dict(module_warehouse.execute(MEASURES).fetchall())
        shares = [
            module_warehouse.execute(SHARE.format(kind), [product]).fetchone()[0]
            for kind in ("recommendations", "discoveries")
        ]
        return measures, shares

    honest, shares = state()
    assert module_warehouse.execute("select count(*) from intermediate.int_pushers__found").fetchone() == (0,)
    attack(module_warehouse, product)
    learn()
    attacked, lifted = state()
    found = "select count(*), count(*) filter (where customer_id like 'fake%') from intermediate.int_pushers__found"
    print(f"\nNDCG@10 {honest['ndcg']:.4f} → {attacked['ndcg']:.4f}, in lists {shares} → {lifted}")
    everyone, fakes = module_warehouse.execute(found).fetchone()
    assert fakes == FAKES and everyone <= FAKES + 2  # who did nothing but buy that very product looks like a fake
    assert attacked["ndcg"] >= 0.995 * honest["ndcg"] and attacked["new_ndcg"] >= 0.995 * honest["new_ndcg"]
    assert all(after <= before + 0.005 for before, after in zip(shares, lifted, strict=True))
