"""The addresses of customers in clear, for what is handed to mail tools and ad platforms; each use is noted before.

Only the exporter may read what is encrypted together with the keys (warehouse/roles.sql).
"""

import hashlib
import re
from typing import NamedTuple

import psycopg

from warehouse import erased, subject_keys, vault
from warehouse.raw import CONTRACTS
from warehouse.rows import place

LATEST = """
select distinct on (customer_id) customer_id, name_encrypted, email_encrypted, phone_encrypted
from raw.customers
where business = %s and customer_id = any(%s)
order by customer_id, updated_at desc nulls last, loaded_at desc, position desc, fingerprint desc
"""
COLUMNS = ("name", "email", "phone")
DOTLESS = ("gmail.com", "googlemail.com")


class Address(NamedTuple):
    """How a customer is called and reached, each None where nobody knows."""

    name: str | None
    email: str | None
    phone: str | None


def addresses(connection: psycopg.Connection, business: str, customers: list[str], purpose: str) -> dict[str, Address]:
    """Return the address of each customer as last registered; who was erased or never registered is not in it."""
    rows = connection.execute(LATEST, [business, customers]).fetchall()
    subjects = {row[0]: subject_keys.subject(business, "customer", row[0]) for row in rows}
    ciphers = subject_keys.existing(subjects.values())
    rows = [row for row in rows if subjects[row[0]] in ciphers]
    if rows:
        erased.note_access(purpose, business, None, [f"customers.{column}" for column in COLUMNS], len(rows))
    contract = CONTRACTS["customers"]
    found = {}
    for customer, *blobs in rows:
        cipher = ciphers[subjects[customer]]
        places = [place(contract, column, business, customer) for column in COLUMNS]
        pairs = zip(blobs, places, strict=True)
        clear = [blob and vault.unseal(cipher, bytes(blob), where).decode() for blob, where in pairs]
        found[customer] = Address(*clear)
    return found


def hashed(value: str | None) -> str:
    """Return what platforms match by: the SHA-256 of a normalised value in hex, empty where there is none."""
    return hashlib.sha256(value.encode()).hexdigest() if value else ""


def plain_email(email: str | None) -> str | None:
    """Return an e-mail address as Meta hashes it: small letters, no blanks."""
    email = re.sub(r"\s", "", email or "").lower()
    return email if email.count("@") == 1 else None


def google_email(email: str | None) -> str | None:
    """Return an e-mail address as Google hashes it: dots before Gmail's @ say nothing."""
    email = plain_email(email)
    if email is None:
        return None
    name, _, domain = email.partition("@")
    return f"{name.replace('.', '')}@{domain}" if domain in DOTLESS else email


def e164(phone: str | None) -> str | None:
    """Return a phone number in E.164, or None where its country is not said."""
    digits = re.sub(r"[^\d+]", "", phone or "")
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    return digits if re.fullmatch(r"\+[1-9]\d{6,14}", digits) else None
