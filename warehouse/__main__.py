"""The warehouse from the command line: `python -m warehouse start`, then `migrate`; `--help` shows the rest."""

import argparse
import os
import shlex
import subprocess
import sys
from contextlib import nullcontext

from warehouse import audience_commands, connection, embedded, privacy
from warehouse.api import commands as api


def start(arguments) -> None:
    """Start the embedded PostgreSQL server."""
    settings = embedded.start()
    print(f"PostgreSQL runs on {settings['PGHOST']}:{settings['PGPORT']}, database {settings['PGDATABASE']}")


def stop(arguments) -> None:
    """Stop the embedded server."""
    print("stopped" if embedded.stop() else "it was not running")


def status(arguments) -> None:
    """Show where the warehouse is and what it holds."""
    from warehouse.checksum import table_checksums

    with connection.connect() as database:
        info = database.info
        print(f"PostgreSQL {info.server_version // 10000} on {info.host}:{info.port}, database {info.dbname}")
        for name, (rows, _) in table_checksums(database).items():
            print(f"{rows:>12,}  {name}")


def env(arguments) -> None:
    """Print libpq's variables for a shell: eval "$(python -m warehouse env)"."""
    for name, value in connection.environment().items():
        print(f"export {name}={shlex.quote(value)}")


def migrate(arguments) -> None:
    """Bring the tables to the newest revision; a new warehouse gets its master key."""
    from warehouse import migrate, subject_keys, vault

    vault.create_key()
    subject_keys.create()
    migrate.migrate()
    print("the warehouse's tables are at the newest revision")


def revise(arguments) -> None:
    """Write the next migration after a change of the raw contract."""
    from warehouse import migrate

    migrate.revise(arguments.message)


def publish(arguments) -> None:
    """Publish marts and ml as a new release, unless nothing changed."""
    from warehouse.publish import publish

    with connection.connect(autocommit=True) as database:
        release, is_new = publish(database)
    print(f"release {release} is published" if is_new else f"release {release} stands: nothing changed since")


def rollback(arguments) -> None:
    """Go back to the release before, or to --to N."""
    from warehouse.publish import rollback

    with connection.connect(autocommit=True) as database:
        print(f"serving shows release {rollback(database, arguments.to)} now")


def export(arguments) -> None:
    """Write the campaigns' offers, and the lists for mail tools and ad platforms, to CSV files in exports/."""
    from warehouse.export import export

    with connection.connect(autocommit=True) as database:
        for file in export(database):
            news = f"{file.added} came, {file.removed} went, {file.changed} changed"
            print(f"exports/{file.name}: {file.rows} rows, {news if file.is_written else 'unchanged'}")


def checksum(arguments) -> None:
    """Print rows and checksum of every table, load stamps aside."""
    from warehouse.checksum import table_checksums

    with connection.connect() as database:
        for name, (rows, total) in table_checksums(database).items():
            print(f"{name} {rows} {total:012}")


def quarantine(arguments) -> None:
    """Show what is in quarantine by source and reason, or with --show one record's original bytes."""
    from warehouse import erased, vault
    from warehouse.load import quarantine_place

    with connection.connect() as database:
        if arguments.show:
            row = database.execute(
                "select business, source, table_name, original from quarantine.records where record_id = %s",
                [arguments.show],
            ).fetchone()
            if row is None:
                raise SystemExit(f"there is no record {arguments.show} in quarantine")
            erased.note_access("quarantine", row[0], None, [f"{row[2]}.original"], 1)
            sys.stdout.buffer.write(vault.decrypt(row[3], quarantine_place(*row[:3])) + b"\n")
            return
        rows = database.execute(
            "select source, reason, count(*), min(record_id), min(detail) from quarantine.records"
            " where replayed_at is null group by 1, 2 order by 1, 3 desc"
        ).fetchall()
        for source, reason, count, first, detail in rows:
            print(f"{count:>8,}  {source}  {reason}  {detail or ''}  (--show {first})")


def runs(arguments) -> None:
    """Show the last run over each source: what came in, requests, errors, thin fields, and how its shape drifted."""
    from warehouse import crawl_log

    with connection.connect() as database:
        for line in crawl_log.last_runs(database):
            print(line)


def replay(arguments) -> None:
    """Read quarantined records again, after a source's mapping or the contract was mended."""
    from warehouse import intake

    with connection.connect() as database:
        found = database.execute(
            "select source, count(*) from quarantine.records where replayed_at is null"
            " and (%(source)s::text is null or source = %(source)s)"
            " and (%(reason)s::text is null or reason = %(reason)s) group by 1 order by 1",
            {"source": arguments.source, "reason": arguments.reason},
        ).fetchall()
    if not found:
        print("nothing in quarantine waits to be read again")
    if any(source == intake.SOURCE for source, _ in found):
        with connection.acting_as("loader"), connection.connect(autocommit=True) as database:
            for business, table, counts in intake.replay(database, arguments.reason):
                print(f"{intake.SOURCE}: {business} {table}: {counts.loaded:,} of {counts.received:,} are loaded now")
    found = [(source, count) for source, count in found if source != intake.SOURCE]
    # How a source is read is the collectors' to know; they meet the warehouse in the database and on the command line.
    command = [sys.executable, "-m", "scrapers", "--replay"]
    command += ["--reason", arguments.reason] if arguments.reason else []
    command += ["--sources", arguments.sources] if arguments.sources else []
    failed = [source for source, _ in found if subprocess.run([*command, source], cwd=connection.PROJECT).returncode]
    if failed:
        raise SystemExit(f"not read again: {', '.join(failed)}")


def psql(arguments) -> None:
    """Open psql on the warehouse; what follows is psql's: python -m warehouse psql -c 'table serving.releases'."""
    program = embedded.binary("psql")
    os.execve(program, [program, *arguments.rest], os.environ | connection.environment())


COMMANDS = (
    start,
    stop,
    status,
    env,
    migrate,
    revise,
    publish,
    rollback,
    export,
    checksum,
    quarantine,
    runs,
    replay,
    *audience_commands.COMMANDS,
    *privacy.COMMANDS,
    *api.COMMANDS,
    psql,
)
# Whose rights a command has (warehouse/roles.sql); the others are the owner's own.
ROLES = {publish: "publisher", rollback: "publisher", export: "exporter", quarantine: "exporter"} | privacy.ROLES
ROLES |= api.ROLES | audience_commands.ROLES


def main() -> int:
    """Run one command; an error is one line that says what to do."""
    import psycopg

    from warehouse import roles
    from warehouse.access import AccessError
    from warehouse.audiences import AudienceError
    from warehouse.export import ExportError
    from warehouse.publish import PublishError
    from warehouse.vault import VaultError

    parser = argparse.ArgumentParser(prog="python -m warehouse", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for run in COMMANDS:
        command = commands.add_parser(run.__name__.replace("_", "-"), help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        if run is revise:
            command.add_argument("message", help="what changes")
        if run is rollback:
            command.add_argument("--to", type=int, metavar="N", help="the release to go back to")
        if run is replay:
            command.add_argument("--source", help="only this source's")
            command.add_argument("--reason", help="only those that are there for this reason")
            command.add_argument("--sources", help="the sources file (default: $HUAXIANG_SOURCES or the demo shop's)")
        if run in privacy.COMMANDS:
            privacy.add_arguments(command, run)
        if run in audience_commands.COMMANDS:
            audience_commands.add_arguments(command, run)
        if run in api.COMMANDS:
            api.add_arguments(command, run)
        if run is quarantine:
            command.add_argument("--show", type=int, metavar="ID", help="print one record's original bytes")
    arguments, rest = parser.parse_known_args()
    arguments.rest = rest
    if arguments.run is privacy.erase and arguments.customers and not arguments.business:
        parser.error("erase: say with --business whose customers they are")
    if rest and arguments.run is not psql:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    expected = (connection.NotConfiguredError, embedded.EmbeddedServerError)
    expected += (ExportError, PublishError, VaultError, roles.RoleError, AccessError, AudienceError)
    try:
        role = ROLES.get(arguments.run)
        with connection.acting_as(role) if role else nullcontext():
            arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except expected as error:
        print(error, file=sys.stderr)
        return 1
    except psycopg.OperationalError as error:
        print(
            f"cannot reach PostgreSQL: {str(error).strip()}; is it running? python -m warehouse start", file=sys.stderr
        )
        return 1
    except psycopg.errors.UndefinedTable as error:
        print(f"{error.diag.message_primary}: run `python -m warehouse migrate` first", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
