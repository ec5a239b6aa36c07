"""The contracts of a bank and of marketing at the door: good records, restated ones, and poison in every field."""

import json

import msgspec
import pytest

from warehouse import subject_keys, vault
from warehouse.check import Arrival
from warehouse.load import Counts, load
from warehouse.raw import CONTRACTS, Account, AdSpend, CampaignContact, ProductHolding, Transaction
from warehouse.rows import place

ORIGIN = {"business": "toy", "source": "toy_bank", "run_id": "r1"}
MOMENT = "2026-03-01T10:00:00Z"
GOOD = {
    "accounts": {"account_id": "a1", "opened_at": "1950-05-01T00:00:00Z", "balance": "12.50", "currency": "CZK"},
    "transactions": {"transaction_id": "t1", "account_id": "a1", "occurred_at": MOMENT, "amount": "12.50"},
    "product_holdings": {"kind": "LoanOrCredit", "holding_id": "h1", "amount": "900", "duration_months": "12"},
    "regions": {"region_id": "r1", "name": "Praha", "population": "1204953", "attributes": {"cities": "1"}},
    "ad_spend": {"spend_on": "2026-03-01", "channel": "search", "campaign_id": "c1", "cost": "10", "clicks": "3"},
    "campaign_contacts": {"campaign_id": "c1", "customer_id": "u1", "contacted_at": MOMENT, "is_control": "false"},
}
POISON = ["", "x" * 200_000, "NaN", "Infinity", 1e999, "1e13", -(10**13), [1], {"a": 1}, True]
POISON += ["yesterday", "9999-12-31", "0001-01-01T00:00:00Z", "infinity", 2**70, "ok\ttab\nline\\N"]


def arrival(record):
    return Arrival(json.dumps(record, default=str).encode(), record)


def rows(connection, query):
    return connection.execute(query).fetchall()


@pytest.mark.parametrize("table", GOOD)
def test_poison_in_any_field_costs_no_neighbour_and_no_count(warehouse, table):
    contract, good = CONTRACTS[table], GOOD[table]
    last = contract.key[-1] if table != "campaign_contacts" else "customer_id"
    fields = [name for name in contract.__struct_fields__ if name != last]
    arrivals = [arrival(good)]
    for field in fields:
        for number, poison in enumerate(POISON):
            arrivals.append(arrival(good | {last: f"{field}-{number}", field: poison}))
    arrivals.append(arrival(good | {last: "neighbour"}))
    counts = load(warehouse, contract, arrivals, **ORIGIN)
    assert counts.received == len(arrivals) == counts.loaded + counts.duplicate + counts.quarantined
    assert counts.quarantined >= 4 * len(fields)
    kept = f"select count(*) from raw.{table} where {last} in (%s, %s)"
    assert warehouse.execute(kept, [good.get(last, ""), "neighbour"]).fetchone() == (2,)
    details = " ".join(detail for (detail,) in rows(warehouse, "select detail from quarantine.records"))
    assert not [word for word in ("yesterday", "Infinity", "tab") if word in details]
    assert load(warehouse, contract, arrivals, **ORIGIN) == counts._replace(
        loaded=0, duplicate=counts.loaded + counts.duplicate
    )


@pytest.mark.parametrize("table", GOOD)
def test_a_record_that_lacks_what_it_needs_says_which_field(warehouse, table):
    contract, good = CONTRACTS[table], GOOD[table]
    needed = [field.name for field in msgspec.structs.fields(contract) if field.required]
    lacking = [arrival({name: value for name, value in good.items() if name != lost}) for lost in needed]
    assert load(warehouse, contract, lacking, **ORIGIN) == Counts(len(needed), 0, 0, len(needed))
    found = rows(warehouse, "select reason, detail from quarantine.records")
    assert {reason for reason, _ in found} == {"missing_field"}
    assert all(any(f"`{lost}`" in detail for _, detail in found) for lost in needed)


def test_a_new_field_of_a_source_is_kept_as_extra_that_only_the_key_reads(warehouse):
    record = GOOD["transactions"] | {"extra": {"branch": "Brno"}}
    assert load(warehouse, Transaction, [arrival(record)], **ORIGIN).loaded == 1
    (extra,) = warehouse.execute("select extra from raw.transactions").fetchone()
    account = subject_keys.subject("toy", "account", "a1")
    clear = vault.unseal(
        subject_keys.existing([account])[account],
        bytes.fromhex(extra["sealed"]),
        place(Transaction, "extra", "toy", "t1"),
    )
    assert json.loads(clear) == {"branch": "Brno"}


def test_an_account_may_be_older_than_a_movement(warehouse):
    assert load(warehouse, Account, [arrival(GOOD["accounts"])], **ORIGIN) == Counts(1, 1, 0, 0)
    old = arrival(GOOD["transactions"] | {"occurred_at": "1950-05-01T00:00:00Z"})
    assert load(warehouse, Transaction, [old], **ORIGIN) == Counts(1, 0, 0, 1)
    assert rows(warehouse, "select reason from quarantine.records") == [("out_of_range",)]


def test_a_restated_day_is_a_new_version_and_a_repeated_one_is_none(warehouse):
    day, restated = arrival(GOOD["ad_spend"]), arrival(GOOD["ad_spend"] | {"cost": "12.25"})
    assert load(warehouse, AdSpend, [day, restated, day], **ORIGIN) == Counts(3, 2, 1, 0)
    assert rows(warehouse, "select spend_on::text, ad_group, cost::text from raw.ad_spend order by position") == [
        ("2026-03-01", "", "10"),
        ("2026-03-01", "", "12.25"),
    ]
    assert rows(warehouse, "select control_total::text from raw.batches") == [("32.25",)]


def test_a_contact_that_changes_sides_is_a_conflict(warehouse):
    contact = GOOD["campaign_contacts"]
    arrivals = [arrival(contact), arrival(contact | {"is_control": "true"})]
    assert load(warehouse, CampaignContact, arrivals, **ORIGIN) == Counts(2, 1, 0, 1)
    assert rows(warehouse, "select reason from quarantine.records") == [("id_conflict",)]


def test_the_account_of_another_person_is_encrypted_and_found_by_its_index_alone(warehouse):
    paid = GOOD["transactions"] | {"counterparty": "CZ65 0800 0000 1920"}
    ordered = GOOD["product_holdings"] | {"counterparty": "cz65080000001920"}
    load(warehouse, Transaction, [arrival(paid)], **ORIGIN)
    load(warehouse, ProductHolding, [arrival(ordered)], **ORIGIN)
    query = "select counterparty_encrypted, counterparty_index, t::text from raw.{} as t"
    (sealed, index, text), (_, other_index, other_text) = (
        warehouse.execute(query.format(table)).fetchone() for table in ("transactions", "product_holdings")
    )
    assert index == other_index == vault.index("account", "CZ650800 0000 1920")
    assert "1920" not in text + other_text
    account = subject_keys.subject("toy", "account", "a1")
    cipher = subject_keys.existing([account])[account]
    assert vault.unseal(cipher, sealed, place(Transaction, "counterparty", "toy", "t1")) == b"CZ65 0800 0000 1920"
