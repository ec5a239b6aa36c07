"""A small bank by hand: rows of raw in any order, whose codes are those of the seed bank_codes."""

import random

from tests.dbt.content import insert

BANK = {"business": "bank", "loaded_at": "2026-04-01T00:00Z"}


def rows():
    """Return (table, values) of all rows; each has a fingerprint of its own, so that their order does not matter."""
    found = []
    for number in range(1, 9):
        region = {"region_id": f"r{number % 2}"}
        person = {"customer_id": f"c{number}", "birth_year": 1940 + 8 * number, "gender": "female"}
        found.append(("customers", person | region))
        found.append(("accounts", {"account_id": f"a{number}", "opened_at": "2024-01-01T00:00Z", "currency": "CZK"}))
        role = {"kind": "BankAccount", "holding_id": f"d{number}", "product_id": "account", "role": "OWNER"}
        found.append(("product_holdings", role | {"account_id": f"a{number}", "customer_id": f"c{number}"}))
        for month in range(1, 4):
            # Salary, rent and cash of one day: only the balances say in which order.
            day, start = f"2026-0{month}-05T00:00Z", (month - 1) * 1_000 * number
            for way, amount, after in (
                ("PRIJEM", 9_000 * number, start + 9_000 * number),
                ("VYDAJ", 7_000 * number, start + 2_000 * number),
                ("VYDAJ", 1_000 * number, start + 1_000 * number),
            ):
                movement = {"account_id": f"a{number}", "occurred_at": day, "amount": amount, "direction": way}
                movement |= {"transaction_id": f"{number}-{month}-{amount}", "balance_after": after, "currency": "CZK"}
                found.append(("transactions", movement))
    user = {"kind": "BankAccount", "holding_id": "d9", "product_id": "account", "role": "DISPONENT"}
    found.append(("product_holdings", user | {"account_id": "a1", "customer_id": "c2"}))
    for number, status in ((1, "A"), (2, "B"), (3, "C"), (4, "D")):
        loan = {"kind": "LoanOrCredit", "holding_id": f"l{number}", "product_id": "loan", "status": status}
        terms = {"amount": 12_000 * number, "payment": 1_000, "opened_at": "2025-01-01T00:00Z"}
        found.append(("product_holdings", loan | terms | {"account_id": f"a{number}"}))
    card = {"kind": "CreditCard", "product_id": "card_gold", "parent_id": "d5", "opened_at": "2025-06-01T00:00Z"}
    found += [("product_holdings", card | {"holding_id": "k1"}), ("product_holdings", card | {"holding_id": "k2"})]
    penalty = {"transaction_id": "p6", "account_id": "a6", "amount": 0, "direction": "VYDAJ", "category": "SANKC. UROK"}
    found.append(("transactions", penalty | {"occurred_at": "2026-01-20T00:00Z", "balance_after": 6_000}))
    found += [("regions", {"region_id": f"r{number}", "name": f"Region {number}"}) for number in range(2)]
    return [
        (table, values | {"fingerprint": number.to_bytes(4, "big"), "position": 0})
        for number, (table, values) in enumerate(found)
    ]


def fill(connection, seed=None):
    """Write all rows, in their order or shuffled."""
    found = rows()
    if seed is not None:
        random.Random(seed).shuffle(found)
    for table, values in found:
        insert(connection, f"raw.{table}", **BANK | values)
