import threading
import time

import psycopg
import pytest

from warehouse import publish as publishing
from warehouse.publish import KEPT, PUBLISHED, PublishError, publish, rollback

MARTS = {name: key for name, ((schema, _), key) in PUBLISHED.items() if schema == "marts"}


@pytest.fixture
def marts(warehouse):
    warehouse.execute("create schema if not exists marts")
    for (schema, name), key in PUBLISHED.values():
        if schema == "marts":
            columns = ", ".join(f"{column} text not null default 'x'" for column in key)
            warehouse.execute(f"create table marts.{name} ({columns}, version int)")
    for name in ("customers", "products", "orders"):
        key = PUBLISHED[name][1][1]
        query = f"insert into marts.{name} (business, {key}, version) select 'toy', 'x' || n, 1"
        warehouse.execute(f"{query} from generate_series(1, 500) n")
    return warehouse


def change(connection, version):
    for name in MARTS:
        connection.execute(f"update marts.{name} set version = {version}")


def test_what_is_published_is_read_through_stable_views(marts):
    assert publish(marts) == (1, True)
    assert marts.execute("select count(*), min(release_id) from serving.customers").fetchone() == (500, 1)
    change(marts, 2)
    assert marts.execute("select distinct version from serving.customers").fetchall() == [(1,)]
    assert publish(marts) == (2, True)
    assert marts.execute("select distinct version, release_id from serving.customers").fetchall() == [(2, 2)]


def test_the_same_content_is_not_published_twice(marts):
    publish(marts)
    marts.execute("create table copied as table marts.customers")
    marts.execute("truncate marts.customers")
    marts.execute("insert into marts.customers select * from copied order by random()")
    assert publish(marts) == (1, False)


def test_a_rollback_shows_the_release_before_and_a_later_publish_goes_on(marts):
    publish(marts)
    change(marts, 2)
    publish(marts)
    assert rollback(marts) == 1
    assert marts.execute("select distinct version from serving.orders").fetchall() == [(1,)]
    assert publish(marts) == (3, True)
    with pytest.raises(PublishError, match="there is no release 99"):
        rollback(marts, 99)


def test_a_column_more_in_a_mart_reaches_its_readers(marts):
    publish(marts)
    marts.execute("alter table marts.products add colour text")
    publish(marts)
    assert marts.execute("select count(*) from serving.products where colour is null").fetchone() == (500,)


def test_a_mart_that_older_releases_do_not_have_reaches_its_readers(marts):
    publish(marts)
    marts.execute("drop view serving.orders; drop table release_1.orders")  # as before it was published
    change(marts, 2)
    assert publish(marts) == (2, True)
    assert marts.execute("select distinct release_id from serving.orders").fetchall() == [(2,)]
    assert rollback(marts) == 1
    assert marts.execute("select count(*) from serving.orders").fetchone() == (0,)


def test_a_failed_publish_leaves_the_release_as_it_was(marts):
    publish(marts)
    change(marts, 2)
    marts.execute("insert into marts.orders values ('toy', 'x1', 2)")  # a key twice: the copy is refused
    with pytest.raises(psycopg.errors.UniqueViolation):
        publish(marts)
    assert marts.execute("select distinct version from serving.customers").fetchall() == [(1,)]
    assert marts.execute("select count(*) from pg_namespace where nspname = 'release_2'").fetchone() == (0,)


def test_readers_never_fail_nor_see_two_releases_and_old_ones_are_dropped(marts):
    publish(marts)
    failures, reads, over = [], [], threading.Event()
    query = (
        "select array(select distinct release_id from serving.customers union"
        " select distinct release_id from serving.products union select distinct version from serving.orders)"
    )

    def read():
        with psycopg.connect("", autocommit=True) as connection:
            while not over.is_set():
                try:
                    reads.append(len(connection.execute(query).fetchone()[0]))
                except psycopg.Error as error:
                    failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    [reader.start() for reader in readers]
    for version in range(2, 22):
        change(marts, version)
        publish(marts)
        time.sleep(0.02)
    over.set()
    [reader.join() for reader in readers]
    assert not failures
    assert len(reads) > 100 and set(reads) == {1}
    schemas = marts.execute("select count(*) from pg_namespace where nspname like 'release\\_%'").fetchone()
    assert schemas == (KEPT,)


def test_a_transaction_reads_one_release_whatever_it_reads_first(marts):
    publish(marts)
    releases = []
    with psycopg.connect("", autocommit=True) as connection:
        for version, names in enumerate((("orders", "customers", "products"), ("products", "orders", "customers")), 2):
            change(marts, version)
            publisher = threading.Thread(target=publish, args=[marts])
            with connection.transaction():
                connection.execute("set transaction isolation level repeatable read")
                for place, name in enumerate(names):
                    query = f"select distinct release_id from serving.{name}"
                    releases.append((version, connection.execute(query).fetchone()[0]))
                    if place == 0:
                        publisher.start()
                    time.sleep(0.1)
            publisher.join()
    assert set(releases) == {(2, 1), (3, 2)}
    assert marts.execute("select release_id from serving.releases where is_current").fetchone() == (3,)


def test_a_reader_who_never_ends_holds_up_the_release_and_no_other_reader(marts, monkeypatch):
    monkeypatch.setattr(publishing, "PATIENCE_SECONDS", 1)
    publish(marts)
    change(marts, 2)
    reads, over = [], threading.Event()

    def read():
        with psycopg.connect("", autocommit=True) as connection:
            while not over.is_set():
                reads.append(connection.execute("select min(release_id) from serving.orders").fetchone()[0])

    with psycopg.connect("") as forgotten:
        forgotten.execute("select from serving.orders")
        reader = threading.Thread(target=read)
        reader.start()
        with pytest.raises(PublishError, match="has not ended its transaction"):
            publish(marts)
        over.set()
        reader.join()
    assert len(reads) > 10 and set(reads) == {1}
    assert rollback(marts, 2) == 2  # its copies were made; now the views learn of them
    assert marts.execute("select min(release_id), min(version) from serving.orders").fetchone() == (2, 2)


def test_without_marts_the_message_says_what_to_run(warehouse):
    with pytest.raises(PublishError, match="marts.customers does not exist; run `dbt build"):
        publish(warehouse)
