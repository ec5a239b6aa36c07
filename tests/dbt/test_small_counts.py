"""What is published about many speaks of no few: of the counts themselves, and of what their differences tell."""

import itertools
import random
import re

import pytest

from ml.lift import judgement
from tests.dbt.content import dbt
from warehouse.publish import PUBLISHED

CELL = 50
WORLDS, CUSTOMERS, SEGMENTS, PAIRS = 40, 600, 8, 1_000
# Published tables that count people; all others have rows of single customers, orders or sessions, or of products.
OF_MANY = {"segments": ["size"], "audience_definitions": ["size"], "segment_overlaps": ["customers"]}
WITHOUT_COUNTS = {"measures", "popular_products"}  # of models; of segments that have a published size
# Sizes of groups that were drawn, and what such groups of at least CELL did; of whole channels orders and money.
OF_CAMPAIGNS = {"campaign_verdicts", "campaign_balance", "campaign_lift", "channel_increments", "channel_performance"}
OF_CAMPAIGNS |= {"uplift_models", "campaign_credits", "campaign_funnel"}
TABLES = """
    create table seeds.segment_names (business text, segment_id text, name text, description text);
    create table seeds.segment_rules (
        business text, segment_id text, alternative int, attribute text, of_value text, operator text, value text
    );
    create table intermediate.int_customers__segmented (business text, segment_id text, customer_id text);
    create table intermediate.int_customers__permitted (business text, customer_id text, may_analyse bool);
"""


def worlds(chance):
    """Yield segments as sets of customers: ranges, and now and then one that is another but for a few."""
    for world in range(WORLDS):
        segments = []
        for _ in range(SEGMENTS):
            if segments and chance.random() < 0.4:
                near = set(chance.choice(segments))
                few = chance.sample(range(CUSTOMERS), chance.randrange(1, 2 * CELL))
                segments.append(near | set(few) if chance.random() < 0.5 else near - set(few))
            else:
                first, length = chance.randrange(CUSTOMERS), chance.randrange(CUSTOMERS)
                segments.append(set(range(first, min(first + length, CUSTOMERS))))
        yield f"world{world}", {f"s{n}": customers for n, customers in enumerate(segments)}


WORLD = dict(worlds(random.Random(20)))


@pytest.fixture(scope="module")
def compiled(module_warehouse, tmp_path_factory):
    """The SQL of both models as dbt would run it, on tables that a test fills."""
    folder = tmp_path_factory.mktemp("dbt")
    run = dbt(folder, "compile", "--select", "segments", "segment_overlaps")
    assert run.returncode == 0, run.stdout
    module_warehouse.execute(TABLES)
    models = {path.stem: path.read_text() for path in (folder / "target" / "compiled").rglob("segment*.sql")}
    fill(module_warehouse, WORLD)
    for name in ("segments", "segment_overlaps"):
        module_warehouse.execute(f"create table marts.{name} as {models[name]}")
        module_warehouse.execute(f"analyze marts.{name}")
    return module_warehouse


def fill(connection, found):
    for business, segments in found.items():
        connection.execute(
            "insert into intermediate.int_customers__permitted"
            " select %s, 'c' || n, true from generate_series(0, %s) as n",
            [business, CUSTOMERS - 1],
        )
        for name, customers in segments.items():
            connection.execute("insert into seeds.segment_names values (%s, %s, 'n', 'd')", [business, name])
            connection.execute(
                "insert into seeds.segment_rules values (%s, %s, 1, 'x', null, '>', '1')", [business, name]
            )
            connection.execute(
                "insert into intermediate.int_customers__segmented select %s, %s, 'c' || n from unnest(%s::int[]) as n",
                [business, name, list(customers)],
            )
    connection.execute("analyze")


def test_no_published_count_and_no_difference_of_two_speaks_of_few(compiled):
    published = []
    for business, name, size in compiled.execute("select business, segment_id, size from marts.segments").fetchall():
        if size is not None:
            published.append((business, WORLD[business][name], size))
    query = "select business, segment_id, other_segment_id, customers from marts.segment_overlaps"
    for business, name, other, customers in compiled.execute(query).fetchall():
        published.append((business, WORLD[business][name] & WORLD[business][other], customers))
    assert len(published) > 50
    assert [size for _, _, size in published if size < CELL] == []
    assert all(len(customers) == size for _, customers, size in published)
    pairs = [pair for pair in itertools.product(published, published) if pair[0][0] == pair[1][0]]
    random.Random(1).shuffle(pairs)
    isolating = [
        len(of_more - few) for (_, few, _), (_, of_more, _) in pairs if few < of_more and len(of_more - few) < CELL
    ]
    print(f"\n{len(published)} published counts, {len(pairs):,} pairs, {len(isolating)} isolating differences")
    assert len(pairs) >= PAIRS and isolating == []


def test_every_published_table_is_of_single_rows_or_is_looked_through_here(compiled):
    keys = {name: key for name, (_, key) in PUBLISHED.items()}
    single = {"customer_id", "order_id", "session_id", "product_id"}
    counting = {name for name, key in keys.items() if not single & set(key)}
    assert judgement.FEWEST >= CELL
    assert counting == set(OF_MANY) | WITHOUT_COUNTS | OF_CAMPAIGNS, "a table that counts people: look for few in it here"
    assert all(re.fullmatch(r"\w+", column) for columns in OF_MANY.values() for column in columns)
