"""The commands about people's rights, keys and what is kept: erase, disclose, login, rotate-keys, retain, security."""

import json
import shlex

from warehouse import connection


def erase(arguments) -> None:
    """Forget customers; without any, those who wait and whom an old dump brought back; print what certificates say."""
    from warehouse import erase

    with connection.connect(autocommit=True) as database:
        if arguments.customers:
            erase.request(database, arguments.business, arguments.customers)
        else:
            erase.ask_again(database)
        certificates = erase.carry_out(database)
    for business, content, sha256 in certificates:
        rows, files = sum(content["rows"].values()), ", ".join(content["files"]) or "no file"
        print(f"{business}: forgotten, {rows:,} rows in {len(content['rows'])} tables, {files}; certificate {sha256}")
    if not certificates:
        print("nobody waits to be forgotten")


def disclose(arguments) -> None:
    """Print all personal values that are held of a customer; who looked is written down."""
    from warehouse import disclose

    with connection.connect() as database:
        found = disclose.disclose(database, arguments.business, arguments.customer)
    print(json.dumps(found, ensure_ascii=False, indent=2))


def login(arguments) -> None:
    """Make a login that reads serving alone, or give it a new password; print libpq's variables for it."""
    from warehouse import roles

    with connection.connect() as database:
        password = roles.login(database, arguments.name, arguments.role, arguments.business)
    for name, value in (connection.environment() | {"PGUSER": arguments.name, "PGPASSWORD": password}).items():
        print(f"export {name}={shlex.quote(value)}")


def rotate_keys(arguments) -> None:
    """Make a new key and wrap all keys of people and quarantined records under it, while everything goes on."""
    from warehouse import rotation

    with connection.connect(autocommit=True) as database:
        people, records, dropped = rotation.rotate(database)
    print(f"{people:,} people's keys and {records:,} quarantined records stand under a new key; {dropped} old dropped")


def retain(arguments) -> None:
    """Take away what was kept long enough (warehouse/retention.yml)."""
    from warehouse import retention

    with connection.connect() as database:
        gone = retention.retain(database)
    for what, count in gone.items():
        print(f"{count:>12,}  {what}")
    if not gone:
        print("nothing is older than it may be")


def security(arguments) -> None:
    """Look for rights, files, logins and packages that should not be; one row each in quality.security_report."""
    from warehouse import security

    with connection.connect(autocommit=True) as database:
        found = security.report(database)
    broken = [(rule, subjects) for rule, subjects in found if subjects]
    for rule, subjects in broken:
        print(f"{rule}: {', '.join(subjects[: security.MOST_NAMED])}")
    print(f"{len(found) - len(broken)} of {len(found)} rules hold")
    if broken:
        raise SystemExit(1)


COMMANDS = (erase, disclose, login, rotate_keys, retain, security)
ROLES = {disclose: "exporter"}


def add_arguments(command, run) -> None:
    """Tell a command's parser what it takes."""
    from warehouse.roles import READERS

    if run is erase:
        command.add_argument("customers", nargs="*", metavar="customer", help="who wants to be forgotten")
    if run is disclose:
        command.add_argument("customer", help="of whom")
    if run in (erase, disclose):
        command.add_argument("--business", required=run is disclose, help="whose customers they are")
    if run is login:
        command.add_argument("name", help="what it is called")
        command.add_argument("--role", choices=READERS, default="bi_reader", help="(default: bi_reader)")
        command.add_argument("--business", default="*", help="whose rows it reads (default: all)")
