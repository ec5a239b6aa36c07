"""Encrypting customers at the door, each under a key of their own, beside AES-256-GCM alone under one key."""

import os
import time

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from warehouse import rows, subject_keys, vault
from warehouse.raw import Customer

CUSTOMERS = 100_000
MOMENT = "2026-03-01T00:00:00Z"


def customers(begin, count):
    found = [
        {"customer_id": f"c{n}", "name": f"李雷 {n}", "email": f"li.lei.{n}@example.cn", "phone": f"+86138{n:08}"}
        for n in range(begin, begin + count)
    ]
    return [(at, msgspec.convert(one, Customer), None) for at, one in enumerate(found)]


def bare(checked):
    cipher = AESGCM(os.urandom(32))
    for _, one, _ in checked:
        for value in (one.name, one.email, one.phone):
            nonce = os.urandom(12)
            cipher.encrypt(nonce, value.encode(), b"customers")


def keyed(checked):
    """A key of its own, wrapped; e-mail's index; three fields."""
    for _, one, _ in checked:
        subject, key = subject_keys.subject("toy", "customer", one.customer_id), os.urandom(32)
        vault.wrap(key, subject)
        cipher = AESGCM(key)
        vault.index("email", one.email)
        for name in ("name", "email", "phone"):
            vault.seal(cipher, getattr(one, name).encode(), rows.place(Customer, name, "toy", one.customer_id))


def stored(checked):
    """The same as the loader does it: keys kept in their database, and lines for COPY."""
    for begin in range(0, len(checked), 10_000):
        rows.lines(Customer, "toy", checked[begin : begin + 10_000])


def rate(act, checked):
    began = time.process_time()  # of this core alone, whoever else uses the machine
    act(checked)
    return len(checked) / (time.process_time() - began)


@pytest.mark.bench
def test_a_key_for_every_customer_beside_one_key_for_all(warehouse):
    checked = customers(0, CUSTOMERS)
    bound, own, whole = rate(bare, checked), rate(keyed, checked), rate(stored, customers(CUSTOMERS, CUSTOMERS))
    print(
        f"\n{CUSTOMERS:,} customers, three fields each, on one core"
        f"\n  AES-256-GCM alone, one key for all        {bound:>9,.0f} customers/s"
        f"\n  own key wrapped, index, three fields      {own:>9,.0f} customers/s   ratio {own / bound:.2f}"
        f"\n  with keys kept and lines for COPY written {whole:>9,.0f} customers/s   ratio {whole / bound:.2f}"
    )
    assert own / bound >= 0.2
