import json
import threading

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import subject_keys, vault
from warehouse.check import Arrival, Problem
from warehouse.load import Counts, _statements, cursor_of, load, quarantine_place
from warehouse.raw import Customer, Event, OrderLine, Product
from warehouse.rows import types

ORIGIN = {"business": "toy", "source": "toy_events", "run_id": "r1"}


def event(number, **changes):
    record = {"message_id": f"m{number}", "type": "track", "event": "Product Viewed", "user_id": "u1"}
    record |= {"occurred_at": "2026-03-01T10:00:00Z", "properties": {"product_id": "p1"}} | changes
    return Arrival(json.dumps(record).encode(), record)


def events(connection):
    return connection.execute("select message_id, properties, position from raw.events order by 1").fetchall()


def test_a_batch_is_counted_exactly_and_its_cursor_moves_with_it(warehouse):
    arrivals = [event(1), event(2), event(2), Arrival(b"{oops", Problem("not_json"))]
    counts = load(warehouse, Event, arrivals, cursor={"day": "2026-03-01"}, **ORIGIN)
    assert counts == Counts(received=4, loaded=2, duplicate=1, quarantined=1)
    assert cursor_of(warehouse, "toy_events") == {"day": "2026-03-01"}
    ledger = "select received, loaded, duplicate, quarantined, run_id from raw.batches"
    assert warehouse.execute(ledger).fetchall() == [(4, 2, 1, 1, "r1")]


def test_a_replayed_batch_changes_nothing(warehouse):
    arrivals = [event(1), event(2), Arrival(b"{oops", Problem("not_json"))]
    load(warehouse, Event, arrivals, **ORIGIN)
    before = events(warehouse)
    assert load(warehouse, Event, arrivals, **ORIGIN) == Counts(3, 0, 2, 1)
    assert events(warehouse) == before
    assert warehouse.execute("select count(*) from quarantine.records").fetchone() == (1,)


def test_another_content_under_a_known_id_is_a_conflict_not_a_duplicate(warehouse):
    load(warehouse, Event, [event(1)], **ORIGIN)
    assert load(warehouse, Event, [event(1, event="Product Added")], **ORIGIN) == Counts(1, 0, 0, 1)
    assert warehouse.execute("select reason from quarantine.records").fetchall() == [("id_conflict",)]
    assert warehouse.execute("select event from raw.events").fetchall() == [("Product Viewed",)]


def test_the_order_of_keys_in_json_makes_no_conflict(warehouse):
    load(warehouse, Event, [event(1, properties={"a": 1, "b": 2})], **ORIGIN)
    assert load(warehouse, Event, [event(1, properties={"b": 2, "a": 1})], **ORIGIN) == Counts(1, 0, 1, 0)


POISON = {
    "missing_field": event(9, message_id=""),
    "wrong_type": event(9, properties=[1]),
    "bad_time": event(9, occurred_at="yesterday"),
    "out_of_range": event(9, occurred_at="9999-01-01T00:00:00Z"),
    "too_large": event(9, event="x" * 600),
    "nul_character": event(9, user_id="u\0"),
    "refused_by_database": event(9, properties={"size": 1, "deep": None}),
}


@pytest.mark.parametrize("reason", [reason for reason in POISON if reason != "refused_by_database"])
def test_a_poisoned_record_is_quarantined_with_its_reason_and_its_neighbours_load(warehouse, reason):
    poison = POISON[reason]
    assert load(warehouse, Event, [event(1), poison, event(2)], **ORIGIN) == Counts(3, 2, 0, 1)
    row = warehouse.execute("select reason, original, position from quarantine.records").fetchone()
    assert (row[0], row[2]) == (reason, 1)
    assert vault.decrypt(row[1], quarantine_place("toy", "toy_events", "events")) == poison.original
    assert [name for name, *_ in events(warehouse)] == ["m1", "m2"]


def test_what_only_postgresql_refuses_is_found_among_its_neighbours(warehouse, monkeypatch):
    warehouse.execute("create domain short as text check (length(value) < 20)")
    monkeypatch.setattr("warehouse.load.types", lambda contract: types(contract) | {"user_id": "short"})
    monkeypatch.setattr("warehouse.load._statements", _statements.__wrapped__)
    arrivals = [event(n) for n in range(100)]
    arrivals[63] = event(63, user_id="u" * 30)
    assert load(warehouse, Event, arrivals, **ORIGIN) == Counts(100, 99, 0, 1)
    assert warehouse.execute("select position, reason from quarantine.records").fetchall() == [
        (63, "refused_by_database")
    ]


def test_numbers_sent_as_ids_are_read_as_text(warehouse):
    load(warehouse, Event, [event(1, user_id=12345)], **ORIGIN)
    assert warehouse.execute("select user_id from raw.events").fetchall() == [("12345",)]


def test_not_a_number_and_infinity_never_arrive(warehouse):
    line = {"order_id": "o1", "product_id": "p1", "quantity": "1", "unit_price": "2.55", "ordered_at": "2026-03-01"}
    line["ordered_at"] = "2026-03-01T00:00:00Z"
    bad = [line | {"unit_price": "NaN"}, line | {"quantity": "Infinity"}, line | {"quantity": "1e30"}]
    arrivals = [Arrival(json.dumps(record).encode(), record) for record in [line, *bad]]
    assert load(warehouse, OrderLine, arrivals, **ORIGIN) == Counts(4, 1, 0, 3)
    with pytest.raises(psycopg.errors.CheckViolation):
        warehouse.execute("update raw.orders set unit_price = 'NaN'")


def test_lines_without_a_line_id_are_known_by_their_content_and_the_ledger_keeps_what_all_were_worth(warehouse):
    line = {"order_id": "o1", "product_id": "p1", "quantity": 2, "unit_price": "1.10", "ordered_at": "2026-03-01 10:00"}
    line["ordered_at"] += ":00"
    arrivals = [Arrival(json.dumps(record).encode(), record) for record in [line, line, line | {"quantity": 3}]]
    assert load(warehouse, OrderLine, arrivals, **ORIGIN) == Counts(3, 2, 1, 0)
    assert str(warehouse.execute("select control_total from raw.batches").fetchone()[0]) == "7.70"


def test_a_product_seen_again_is_a_duplicate_and_moves_when_it_was_last_seen(warehouse):
    def product(day, price):
        record = {"product_id": "p1", "name": "龙井", "price": price, "last_seen_at": f"2026-03-{day}T00:00:00Z"}
        return [Arrival(json.dumps(record).encode(), record)]

    counts = [
        load(warehouse, Product, product(*seen), **ORIGIN) for seen in [("01", 9), ("03", 9), ("02", 9), ("04", 8)]
    ]
    assert [count.loaded for count in counts] == [1, 0, 0, 1]
    assert [count.duplicate for count in counts] == [0, 1, 1, 0]
    rows = warehouse.execute("select price, last_seen_at::date::text from raw.products order by 2").fetchall()
    assert [(int(price), day) for price, day in rows] == [(9, "2026-03-03"), (8, "2026-03-04")]


def test_personal_values_stand_nowhere_in_clear(warehouse):
    record = {"customer_id": "c1", "name": "李雷", "email": "li@example.cn", "phone": "13800138000", "city": "杭州"}
    load(
        warehouse,
        Customer,
        [Arrival(json.dumps(record).encode(), record), Arrival(b"li@example.cn,", Problem("not_csv"))],
        **ORIGIN,
    )
    dump = " ".join(
        str(row) for table in ("raw.customers", "quarantine.records") for row in warehouse.execute(f"table {table}")
    )
    assert "杭州" in dump
    assert not [
        value for value in ("李雷", "example.cn", "13800138000") if value in dump or value.encode().hex() in dump
    ]
    sealed, index = warehouse.execute("select email_encrypted, email_index from raw.customers").fetchone()
    person = subject_keys.subject("toy", "customer", "c1")
    cipher = subject_keys.existing([person])[person]
    assert vault.unseal(cipher, sealed, "customers.email.toy.c1") == b"li@example.cn"
    assert index == vault.index("email", "LI@example.cn")


def test_two_loaders_of_the_same_records_at_once_load_each_once(warehouse):
    batches = [[event(n) for n in order] for order in (range(3000), range(2999, -1, -1))]
    total, failures = [], []

    def deliver(arrivals):
        try:
            with psycopg.connect("", autocommit=True) as connection:
                total.append(
                    sum(
                        (load(connection, Event, arrivals[i : i + 500], **ORIGIN) for i in range(0, 3000, 500)),
                        Counts(),
                    )
                )
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=deliver, args=[batch]) for batch in batches * 2]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failures
    assert sum(total, Counts()) == Counts(12_000, 3000, 9000, 0)
    assert warehouse.execute("select count(*) from raw.events").fetchone() == (3000,)


scalar = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["message_id", "type", "occurred_at", "properties", "user_id", "extra"]), anything
        ),
        max_size=8,
    )
)
def test_whatever_arrives_adds_up_and_never_breaks_the_batch(warehouse, records):
    arrivals = [event("good"), *(Arrival(repr(record).encode(), event("x").record | record) for record in records)]
    counts = load(warehouse, Event, arrivals, **ORIGIN)
    assert counts.received == len(arrivals) == counts.loaded + counts.duplicate + counts.quarantined
    assert warehouse.execute("select count(*) from raw.events where message_id = 'mgood'").fetchone() == (1,)
