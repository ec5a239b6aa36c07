"""Forget people: what only they are known by and what they did goes from every table, their keys are destroyed.

A request waits in `raw.erasure_requests` until all of it is done: one that was killed is carried out by the next call.
The order: who is forgotten is remembered beside the keys (no door lets them in again), rows go in one transaction, keys
are destroyed, exports and models are written anew, a certificate is issued. Orders stay, as those of guests.
"""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from psycopg import sql

from warehouse import disclose, erase_models, erased, erasure_plan, subject_keys, vault
from warehouse.connection import home
from warehouse.hand_over import neutral, replace
from warehouse.load import quarantine_place
from warehouse.publish import PUBLISH_LOCK

ERASE_LOCK = 4_207_011
SHORT = re.compile(r"\d{1,5}|\w{1,2}")  # such an id may stand in any record, for something else


class Certificate(NamedTuple):
    """That a person was forgotten: `content` says what went from where, without a personal value."""

    business: str
    content: dict
    sha256: str


def request(connection, business: str, customers: list[str]) -> None:
    """Let customers wait to be forgotten."""
    connection.execute(
        "insert into raw.erasure_requests (business, customer_id) select %s, unnest(%s::text[]) on conflict do nothing",
        [business, customers],
    )


def carry_out(connection) -> list[Certificate]:
    """Forget everyone who waits; return the certificates.

    `connection` is in autocommit. One at a time: a second call waits.
    """
    connection.execute("select pg_advisory_lock(%s)", [ERASE_LOCK])
    try:
        waiting = connection.execute(
            "select business, customer_id, requested_at from raw.erasure_requests order by 1, 2"
        ).fetchall()
        return _forget(connection, waiting) if waiting else []
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [ERASE_LOCK])


def ask_again(connection) -> None:
    """Let whoever was forgotten and came back out of an old dump wait once more: known by keyed hashes alone."""
    forgotten = erased.subjects()
    if not forgotten:
        return
    for place in erasure_plan.places(connection):
        for column, kind in erasure_plan.IDENTIFIERS.items():
            if kind == "customer" and column in place.columns:
                query = sql.SQL("select distinct business, {0} from {1} where {0} is not null").format(
                    sql.Identifier(column), sql.Identifier(place.schema, place.name)
                )
                for business, customer in connection.execute(query).fetchall():
                    if subject_keys.subject(business, "customer", customer) in forgotten:
                        request(connection, business, [customer])


def _forget(connection, waiting: list[tuple]) -> list[Certificate]:
    subjects = {
        (business, customer): subject_keys.subject(business, "customer", customer) for business, customer, _ in waiting
    }
    names = {who: signs(connection, *who) for who in subjects}
    rows: dict[str, Counter] = {}
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])
        connection.execute(erasure_plan.ERASED)
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into erased (business, subject, kind, value) values (%s, %s, 'customer', %s)",
                [(business, subject.hex(), customer) for (business, customer), subject in subjects.items()],
            )
        erasure_plan.find(connection)
        people = connection.execute(
            "select business, kind, value from erased where kind = any(%s)", [list(erasure_plan.PEOPLE)]
        ).fetchall()
        erased.add([subject_keys.subject(*person) for person in people])
        for place in erasure_plan.places(connection):
            for subject, count in erasure_plan.erase(connection, place).items():
                rows.setdefault(subject, Counter())[f"{place.schema}.{place.name}"] += count
        connection.execute(erasure_plan.UNNOTE)
        for (business, customer), count in _quarantine(connection, names).items():
            rows.setdefault(subjects[business, customer].hex(), Counter())["quarantine.records"] += count
        moment = connection.execute(
            "insert into raw.erasures (business, subject, requested_at, rows)"
            " select * from unnest(%s::text[], %s::bytea[], %s::timestamptz[], %s::jsonb[]) returning erased_at",
            [
                [business for business, _, _ in waiting],
                list(subjects.values()),
                [requested_at for _, _, requested_at in waiting],
                [json.dumps(rows.get(subject.hex(), {})) for subject in subjects.values()],
            ],
        ).fetchone()[0]
    destroyed = set(erased.destroy_keys())
    files = _exports(subjects)
    for business in {business for business, _ in subjects}:
        customers = {customer for one, customer in subjects if one == business}
        for customer, count in erase_models.forget(connection, business, customers).items():
            files.setdefault(subjects[business, customer].hex(), {})["models"] = count
    certificates = [
        _certificate(business, subjects[business, customer], requested_at, moment, rows, files, destroyed)
        for business, customer, requested_at in waiting
    ]
    connection.execute(
        "delete from raw.erasure_requests using unnest(%s::text[], %s::text[]) as done (business, customer_id)"
        " where (erasure_requests.business, erasure_requests.customer_id) = (done.business, done.customer_id)",
        [[business for business, _ in subjects], [customer for _, customer in subjects]],
    )
    return certificates


class Signs(NamedTuple):
    """What tells that a record speaks of a customer: words that are quickly looked for, and the pattern around them."""

    words: list[bytes]
    pattern: re.Pattern

    def are_in(self, content: bytes) -> bool:
        """Say whether any stands in bytes in small letters."""
        return any(word in content for word in self.words) and bool(self.pattern.search(content))


def signs(connection, business: str, customer: str) -> Signs:
    """Return the signs of a customer: id, addresses, numbers and handles, as sources may write them."""
    known = disclose.disclose(connection, business, customer, "erasure")
    values = [
        value
        for where, found in known.items()
        if where.split(".")[1] in ("email", "phone", "author")
        for value in found
    ]
    values += [quote(value, safe="") for value in values] + [json.dumps(value)[1:-1] for value in values]
    words = [value.encode().lower() for value in dict.fromkeys(values)]
    patterns, own = [re.escape(word) for word in words], customer.encode().lower()
    if SHORT.fullmatch(customer):
        patterns.append(rb'(?:user|customer|client)_?id"?\s*[:=]\s*"?' + re.escape(own) + rb"\b")
    else:
        patterns.append(rb"(?<![\w.-])" + re.escape(own) + rb"(?![\w-])")
    return Signs([*words, own], re.compile(b"|".join(patterns)))


def _quarantine(connection, names: dict[tuple[str, str], Signs]) -> Counter:
    """Empty the quarantined records that speak of any of these people; the rows stay, so that the ledger adds up."""
    gone, emptied = Counter(), []
    for business in {business for business, _ in names}:
        people = {customer: found for (one, customer), found in names.items() if one == business}
        rows = connection.execute(
            "select record_id, source, table_name, original from quarantine.records"
            " where business = %s and reason <> %s",
            [business, erased.REASON],
        )
        for record, source, table, original in rows:
            where = quarantine_place(business, source, table)
            content = vault.decrypt(bytes(original), where).lower()
            found = [customer for customer, own in people.items() if own.are_in(content)]
            gone.update((business, customer) for customer in found)
            if found:
                emptied.append((vault.encrypt(b"", where), erased.REASON, erased.DETAIL, record))
    with connection.cursor() as cursor:
        cursor.executemany(
            "update quarantine.records set original = %s, head = null, reason = %s, detail = %s, replayed_at = now()"
            " where record_id = %s",
            emptied,
        )
    return gone


def _exports(subjects: dict[tuple[str, str], bytes]) -> dict[str, dict[str, int]]:
    """Write the exported files without these people; return by subject in which they were: who got those must hear."""
    found: dict[str, dict[str, int]] = {}
    for path in sorted((home() / "exports").rglob("*.csv")):
        people = {
            neutral(customer): subject.hex()
            for (business, customer), subject in subjects.items()
            if path.name.startswith(f"{business}-")
        }
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        if not (people and rows and "customer_id" in rows[0]):
            continue
        at = rows[0].index("customer_id")
        named = Counter(people[row[at]] for row in rows[1:] if row[at] in people)
        if named:
            text = io.StringIO()
            csv.writer(text, lineterminator="\r\n").writerows(row for row in rows if row[at] not in people)
            replace(path, text.getvalue())
        for subject, count in named.items():
            found.setdefault(subject, {})[path.name] = count
    return found


def _certificate(business, subject: bytes, requested_at, moment, rows, files, destroyed) -> Certificate:
    content = {
        "business": business,
        "subject": subject.hex(),
        "requested_at": requested_at.astimezone(UTC).isoformat(),
        "erased_at": moment.astimezone(UTC).isoformat(),
        "key_destroyed": subject in destroyed,
        "rows": dict(sorted(rows.get(subject.hex(), {}).items())),
        "files": files.get(subject.hex(), {}),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    subject_keys.connection().execute(
        "insert into certificates (subject, issued_at, content, sha256) values (%s, %s, %s, %s)",
        [subject, datetime.now(UTC), text, sha256],
    )
    return Certificate(business, content, sha256)
