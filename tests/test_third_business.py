"""A library beside the shop and the bank: a sources file, seeds and thin staging of its own, and nothing else."""

import csv
import os
import shutil
import subprocess
import sys

import pytest

from tests.chain import run_stages
from tests.dbt.content import fill
from warehouse.connection import PROJECT

LIBRARY = PROJECT / "tests" / "library"
READERS, LOANS_EACH = 60, 5
# What the library writes into files that all businesses share: a line of a seed, and its models in two lists.
WEIGHT = "Book Borrowed,orders,4\n"
LISTED = {
    "more_products: [stg_bank__products]": "more_products: [stg_bank__products, stg_library__products]",
    "more_interactions: [int_product_holdings__opened]": (
        "more_interactions: [int_product_holdings__opened, stg_library__loans]"
    ),
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def books():
    """Return the subject of each book of the seed."""
    with (LIBRARY / "dbt" / "seeds" / "library_books.csv").open() as file:
        return {row["shelf_mark"]: row["subject"] for row in csv.DictReader(file)}


def write(folder):
    """Write the library's two exports: every reader keeps to one subject."""
    shelves = {}
    for mark, subject in books().items():
        shelves.setdefault(subject, []).append(mark)
    subjects = sorted(shelves)
    members = ["card,joined,born"]
    loans = ["slip,shelf_mark,card,lent"]
    for reader in range(READERS):
        members.append(f"r{reader},01.01.2026,{1950 + reader % 50}")
        shelf = shelves[subjects[reader % 2]]
        for loan in range(LOANS_EACH):
            mark = shelf[(reader // 2 + 3 * loan) % len(shelf)]
            loans.append(f"{reader}-{loan},{mark},r{reader},{1 + reader % 28:02}.{1 + loan:02}.2026")
    (folder / "members.csv").write_text("\n".join(members) + "\n")
    (folder / "loans.csv").write_text("\n".join(loans) + "\n")


def add_library(project):
    """Copy the dbt project to `project`, and put there what the library brings."""
    shutil.copytree(PROJECT / "dbt", project)
    shutil.copytree(LIBRARY / "dbt", project, dirs_exist_ok=True)
    with (project / "seeds" / "event_weights.csv").open("a") as weights:
        weights.write(WEIGHT)
    text = (project / "dbt_project.yml").read_text()
    for before, after in LISTED.items():
        assert before in text
        text = text.replace(before, after)
    (project / "dbt_project.yml").write_text(text)


@pytest.fixture(scope="module")
def library(module_warehouse, tmp_path_factory):
    """The warehouse after the whole chain ran with a library beside a small shop."""
    folder = tmp_path_factory.mktemp("library")
    write(folder)
    add_library(folder / "dbt")
    fill(module_warehouse)
    module_warehouse.execute("delete from raw.events where message_id = 'm8'")  # a clock that is years ahead
    for source in ("library_members", "library_loans"):
        command = [sys.executable, "-m", "scrapers", source, "--sources", str(LIBRARY / "library.yml")]
        environment = os.environ | {"LIBRARY": str(folder)}
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    run_stages(folder, folder / "dbt")
    return module_warehouse


def rows(connection, query):
    return connection.execute(query).fetchall()


def test_members_books_and_loans_are_in_the_marts(library):
    counts = """
        select
            (select count(*) from marts.customers where business = 'library'),
            (select count(*) from marts.products where business = 'library' and is_recommendable and kind = 'Book'),
            (select count(*) from marts.interactions where business = 'library' and event = 'Book Borrowed')
    """
    assert rows(library, counts) == [(READERS, len(books()), READERS * LOANS_EACH)]
    clock = "select now_at::date::text from intermediate.int_businesses__clocked where business = 'library'"
    assert rows(library, clock) == [("2026-05-28",)]


def test_every_reader_is_recommended_books_of_the_own_subject_first(library):
    query = """
        select customer_id, array_agg(product_id order by rank) from serving.recommendations
        where business = 'library' group by customer_id
    """
    lists, subject = dict(rows(library, query)), books()
    assert len(lists) == READERS
    of_own = [len({subject[book] for book in best[:5]}) == 1 for best in lists.values()]
    assert sum(of_own) > 0.9 * READERS


def test_the_library_is_measured_and_the_shop_beside_it_has_its_lists_too(library):
    judged = "select distinct business from serving.measures where customers_judged > 0"
    assert ("library",) in rows(library, judged)
    lists = "select distinct business from serving.recommendations"
    assert set(rows(library, lists)) == {("library",), ("shop",), ("online_retail",)}
    assert rows(library, "select count(*) from marts.bank_portraits") == [(0,)]
