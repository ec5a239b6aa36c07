"""A thousand people go through the whole chain, a hundred are forgotten: nothing of them is left, all of the others."""

import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.chain import commands, environment
from tests.forgotten import BUSINESS, among, delivered, lost, opened, quarantined, speaking, tables, written
from tests.warehouse.forgetful import signs
from warehouse import embedded, erased, subject_keys
from warehouse.connection import PROJECT, home

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
PEOPLE, FORGOTTEN = range(1000), range(5, 1000, 10)
ALONE = 10  # so many are forgotten by a command each, the others by one
WITHOUT_TESTS = ("--exclude-resource-type", "test")  # of dbt: what its models do with the rest is shown elsewhere
DEMO = ("shop_products", "shop_customers", "shop_events", "shop_orders")
# Where all of them must be before, in the warehouse and beside it: else that they are gone after says nothing.
EVERYWHERE = ("raw.customers", "raw.events", "raw.orders", "raw.campaign_contacts", "live.signals")
EVERYWHERE += ("marts.customers", "marts.interests", "marts.posts", "marts.touches", "marts.audiences")
EVERYWHERE += ("ml.recommendations", "ml.lifetime_values", "release_1.customers", "release_1.recommendations")
EXPORTED = "exports/shop-recent-buyers-email.csv"
# A run of ml knows the sum of its model, and quarantine keeps the emptied row of a record.
TOLD_OF_THE_RUN = {"ml.runs", "quarantine.records"}


def of(people):
    return set().union(*map(signs, people))


def run(folder, *words):
    """Run a command as the scheduler does; what it prints is kept, to be searched too."""
    command = list(words) if words[0] == "dbt" else ["python", "-m", *words]
    done = subprocess.run(command, cwd=PROJECT, env=environment(folder), capture_output=True, text=True)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    with (folder / "printed").open("a") as printed:
        printed.write(f"{done.stdout}{done.stderr}")


def deliver(folder, file, sources):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda source: run(folder, "scrapers", source, "--sources", str(file)), sources))


def chain(folder, *unneeded):
    """Run the stages; of what dbt would do, `unneeded` is left out."""
    for words in commands():
        run(folder, *([*words, *unneeded] if words[0] == "dbt" else words[2:]))


def dump(folder, database):
    file = folder / f"{time.monotonic()}.sql"
    command = [embedded.binary("pg_dump"), "--no-owner", "--dbname", database, "--file", str(file)]
    subprocess.run(command, check=True)
    return file


def kept_files():
    """Return the signs in the files of the warehouse's home; what stands in the tables of PostgreSQL dumps show."""
    return written(home(), without="postgres/data")


@pytest.fixture(scope="module")
def world(module_warehouse, shop, tmp_path_factory):
    """The chain ran over the demo shop and a thousand more customers; what it made, and how to deliver again."""
    feeds, made = tmp_path_factory.mktemp("feeds"), tmp_path_factory.mktemp("made")
    subject_keys.connection().execute("truncate erased, certificates")
    erased._known.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_URL", shop[0])
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda source: run(made, "scrapers", source), DEMO))
        query = "select distinct product_id from raw.products order by 1"
        products = [product for (product,) in module_warehouse.execute(query).fetchall()]
        file, sources = delivered(feeds, PEOPLE, products)
        deliver(made, file, sources)
        signal = "insert into live.signals (business, message_id, user_id, anonymous_id, product_id, received_at)"
        with module_warehouse.cursor() as cursor:
            rows = [(BUSINESS, f"km-{n:04}-2", f"kc-{n:04}", f"kd-{n:04}", products[0]) for n in PEOPLE]
            cursor.executemany(f"{signal} values (%s, %s, %s, %s, %s, now())", rows)
        chain(made, *WITHOUT_TESTS)
        yield module_warehouse, made, file, sources
    subject_keys.connection().execute("truncate erased, certificates")
    erased._known.clear()


def forget(folder):
    """Forget them by the command; print the seconds that it took."""
    customers, took = [f"kc-{n:04}" for n in FORGOTTEN], []
    for together in [[one] for one in customers[:ALONE]] + [customers[ALONE:]]:
        began = time.perf_counter()
        run(folder, "warehouse", "erase", *together, "--business", BUSINESS)
        took += [(time.perf_counter() - began) / len(together)] * len(together)
    print(f"\n{len(took)} forgotten: {statistics.median(took[:ALONE]):.2f} s the median of {ALONE} by a command each,")
    print(f"{max(took):.2f} s the worst, {took[-1]:.2f} s each of the {len(took) - ALONE} by one command")


def restored(file, name):
    embedded.create_database(name, embedded.start(), "template0")
    command = [embedded.binary("psql"), "-q", "-X", "--dbname", name, "--file", str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return psycopg.connect(dbname=name, autocommit=True)


def test_nothing_is_left_of_a_hundred_of_a_thousand_and_the_rest_is_as_it_was(world, tmp_path):
    connection, made, file, sources = world
    gone, rest = of(FORGOTTEN), of(PEOPLE) - of(FORGOTTEN)
    name, customers = connection.info.dbname, {f"kc-{n:04}".encode() for n in PEOPLE}
    old = dump(tmp_path, name)
    rows = tables(old.read_bytes())
    before, files, kept = speaking(rows), kept_files(), quarantined(connection)
    assert [table for table in EVERYWHERE if not customers <= before[table]] == []
    assert files[EXPORTED] & gone and kept & gone and kept & rest
    print(
        f"\nbefore: {sum(map(len, among(before, gone).values())):,} signs of them in {len(among(before, gone))} tables"
    )

    forget(made)
    rows_after = tables(dump(tmp_path, name).read_bytes())
    after, files_after = speaking(rows_after), kept_files()
    assert among(after, gone) == among(files_after | written(made), gone) == {}
    assert among(speaking(tables(dump(tmp_path, subject_keys.database()).read_bytes())), gone) == {}
    assert {"printed", "logs/dbt.log", "target/manifest.json"} <= written(made).keys() and EXPORTED in files_after
    # Of all others: every row that spoke of them, and what files and quarantine say of them.
    assert lost(rows, rows_after, gone).keys() <= TOLD_OF_THE_RUN
    assert among(before, rest) == among(after, rest) and among(files, rest) == among(files_after, rest)
    assert quarantined(connection) == kept & rest

    with restored(old, f"{name}_restored") as yesterday:
        readable, sealed = opened(yesterday)
    print(f"yesterday's dump: {readable.total():,} values open, {sealed.total():,} of {len(sealed)} people do not")
    assert sealed.keys() == set(FORGOTTEN) and readable.keys() == set(PEOPLE) - set(FORGOTTEN)

    connection.execute("delete from raw.cursors where source like 'planted%'")
    deliver(made, file, sources)
    chain(made, *WITHOUT_TESTS)
    again = speaking(tables(dump(tmp_path, name).read_bytes()))
    assert among(again, gone) == among(written(made) | kept_files(), gone) == {}
    assert quarantined(connection) == kept & rest
    raw = [table for table in among(after, rest) if table.startswith("raw.")]
    assert {table: again[table] & rest for table in raw} == {table: after[table] & rest for table in raw}
    assert [table for table in EVERYWHERE if not customers & rest <= again.get(table, set())] == []
