"""Look for what should not be: rights, files that others may read, secrets in the code, packages beside the lock file.

Every rule becomes a row of `quality.security_report`, found or not, so that a report that was never made is seen too.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions

from warehouse import key_ring, permissions
from warehouse.connection import PROJECT, home

MOST_NAMED = 20
KEY_LASTS = timedelta(days=400)
CODE = (".py", ".yml", ".yaml", ".md", ".sql", ".sh", ".conf", ".cfg", ".toml", ".json", ".csv", ".example")
SECRET = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|\bxox[abprs]-[0-9A-Za-z-]{20,}|\bsk_live_[0-9a-zA-Z]{20,}"
    r"|(?i:password|passwd|secret|api_key|token)[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_=-]{20,}[\"']"
)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")


def report(connection) -> list[tuple[str, list[str]]]:
    """Check every rule, write one row of each, and return (rule, what breaks it) of all."""
    broken = permissions.findings(connection)
    found = [(rule, [finding.subject for finding in broken if finding.rule == rule]) for rule in permissions.RULES]
    found += [(rule, sorted(check(connection))) for rule, check in CHECKS.items()]
    rows = [(rule, len(subjects), subjects[:MOST_NAMED]) for rule, subjects in found]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.security_report (rule, found, subjects) values (%s, %s, %s)",
            rows,
        )
    return found


def open_files(connection) -> Iterator[str]:
    """Yield the files and folders with keys, passwords and personal rows that others than their owner may read."""
    private = [key_ring.key_file(), key_ring.file(), home() / "postgres.env", home() / "postgres" / "password"]
    private += [home() / "airflow" / "secrets.json", key_ring.key_file().parent, PROJECT / ".env"]
    private += (home() / "exports").rglob("*.csv")
    for path in private:
        if path.exists() and path.stat().st_mode & 0o077:
            yield f"{path.name} ({path.stat().st_mode & 0o777:o})"


def secrets_in_code(connection=None, root=PROJECT) -> Iterator[str]:
    """Yield file and line of what looks like a key or a password in the project's own files."""
    for folder, folders, names in os.walk(root):
        folders[:] = [
            one for one in folders if not one.startswith(".") and one not in ("target", "logs", "__pycache__")
        ]
        for name in names:
            if name.endswith(CODE):
                with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                    for number, line in enumerate(file, 1):
                        if SECRET.search(line):
                            yield f"{os.path.relpath(os.path.join(folder, name), root)}:{number}"


def unlocked_packages(connection=None) -> Iterator[str]:
    """Yield installed packages that the lock file does not name in this version with a hash, and lines without one."""
    pins = re.split(r"\n(?=[A-Za-z0-9])", (PROJECT / "requirements.lock").read_text().strip())
    locked = {}
    for pin in pins:
        name, version = PINNED.match(pin).groups() if PINNED.match(pin) else (pin.split("\n")[0], "")
        locked.setdefault(_normal(name), set()).add(version)
        if "--hash=sha256:" not in pin:
            yield f"{name}: no hash"
    for one in distributions():
        name = _normal(one.metadata["Name"])
        if name in locked and one.version not in locked[name]:
            yield f"{name} {one.version}: another version than the lock file's"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def weak_logins(connection) -> Iterator[str]:
    """Yield what lets somebody in without SCRAM, as far as this login may see it."""
    if connection.execute("show password_encryption").fetchone()[0] != "scram-sha-256":
        yield "password_encryption"
    if connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()[0]:
        query = (
            "select 'pg_hba.conf:' || line_number from pg_hba_file_rules"
            " where auth_method not in ('scram-sha-256', 'peer', 'cert', 'reject')"
            " union all select rolname from pg_authid where rolcanlogin and rolpassword not like 'SCRAM-SHA-256$%'"
        )
        yield from (subject for (subject,) in connection.execute(query))


def open_transport(connection) -> Iterator[str]:
    """Yield the addresses beyond this machine on which PostgreSQL listens without TLS."""
    (addresses,) = connection.execute("show listen_addresses").fetchone()
    if connection.execute("show ssl").fetchone()[0] != "on":
        yield from {one.strip() for one in addresses.split(",")} - {"127.0.0.1", "::1", "localhost", ""}


def waiting_people(connection) -> Iterator[str]:
    """Yield the businesses in which somebody waits for more than a week to be forgotten."""
    query = "select distinct business from raw.erasure_requests where requested_at < now() - interval '7 days'"
    yield from (business for (business,) in connection.execute(query))


def old_keys(connection=None) -> Iterator[str]:
    """Yield the newest key where it is too old: the master key's age does not count, it opens nothing once turned."""
    made = key_ring.turned_at()
    if made and datetime.now(UTC) - made > KEY_LASTS:
        yield f"made on {made:%Y-%m-%d}"


CHECKS: dict[str, Callable] = {
    "a private file is open to others": open_files,
    "a secret stands in the code": secrets_in_code,
    "a package is not the locked one": unlocked_packages,
    "a login is possible without SCRAM": weak_logins,
    "PostgreSQL listens without TLS": open_transport,
    "somebody waits long to be forgotten": waiting_people,
    "the keys were not turned for long": old_keys,
}
