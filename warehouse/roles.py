"""The rights of every role: who may read, write and decrypt what; rows of `serving` by business.

`warehouse/roles.sql` says it. A stage's command takes its role when it connects; a login for people or programs outside
is made with `python -m warehouse login NAME` and reads `serving` alone, row by row as `serving.readers` says.
"""

import secrets
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse import erased, subject_keys
from warehouse.connection import connect

READERS = ("api", "bi_reader")
# Among the keys: who seals needs them, who decrypts says so.
OF_THE_VAULT = {
    "loader": ("select, insert on subject_keys", "select on erased"),
    "exporter": ("select on subject_keys", "select on erased", "insert on accesses"),
}
# Asked once a query, whatever the rows.
ALLOWED = sql.SQL("array(select readers.business from serving.readers where readers.reader = current_user)")


class RoleError(Exception):
    """No login was made, or no role; the message says why and what to do."""


def apply() -> None:
    """Create the roles and give each its rights, in the warehouse and among the keys; again and again the same.

    Raises:
        RoleError: who migrates may not create roles.
    """
    with connect() as connection:
        try:
            connection.execute((Path(__file__).parent / "roles.sql").read_text())
        except psycopg.errors.InsufficientPrivilege as error:
            raise RoleError(
                f"{connection.info.user} may not make the roles of the stages ({error.diag.message_primary}): as a"
                f" superuser, `alter role {connection.info.user} createrole`, and let it own the database"
            ) from error
        for schema, name in _kept_releases(connection):
            open_schema(connection, schema)
            open_table(connection, schema, name)
        for (name,) in connection.execute("select viewname from pg_views where schemaname = 'serving'").fetchall():
            open_view(connection, name)
    vault = subject_keys.connection()
    vault.execute(erased.TABLES)
    vault.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(subject_keys.database())))
    for role, grants in OF_THE_VAULT.items():
        parts = {"database": sql.Identifier(subject_keys.database()), "role": sql.Identifier(role)}
        vault.execute(sql.SQL("grant connect on database {database} to {role}").format(**parts))
        for grant in grants:
            vault.execute(sql.SQL("grant {grant} to {role}").format(grant=sql.SQL(grant), **parts))


def open_schema(connection, schema: str) -> None:
    """Let readers find the tables of a release."""
    connection.execute(_to_readers("grant usage on schema {target} to {readers}", sql.Identifier(schema)))


def open_table(connection, schema: str, name: str) -> None:
    """Let readers see a released table's rows of their businesses."""
    target = sql.Identifier(schema, name)
    connection.execute(sql.SQL("alter table {} enable row level security").format(target))
    connection.execute(sql.SQL("drop policy if exists by_business on {}").format(target))
    statement = (
        "create policy by_business on {target} for select to {readers}"
        " using (business = any ({allowed}) or '*' = any ({allowed}))"
    )
    connection.execute(_to_readers(statement, target))
    connection.execute(_to_readers("grant select on {target} to {readers}", target))


def open_view(connection, name: str) -> None:
    """Let readers use a view of `serving` with their own rights: a plain view would show them its owner's rows."""
    target = sql.Identifier("serving", name)
    connection.execute(sql.SQL("alter view {} set (security_invoker = true)").format(target))
    connection.execute(_to_readers("grant select on {target} to {readers}", target))


def login(connection, name: str, role: str, business: str) -> str:
    """Make a login that reads `serving` as `role` does, but the rows of one business alone (* for all).

    Return its new password, which is nowhere else: the server is told what SCRAM derives from it. Asked again, the
    login gets another password and this business.

    Raises:
        RoleError: the name is one of the roles themselves, or of a role that was not made here.
    """
    known = connection.execute(
        "select rolcanlogin and not rolsuper and pg_has_role(rolname, %s, 'member') from pg_roles where rolname = %s",
        [role, name],
    ).fetchone()
    if known and not known[0]:
        raise RoleError(f"{name} is a role with other rights: choose another name")
    password = secrets.token_urlsafe(24)
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    parts = {"name": sql.Identifier(name), "role": sql.Identifier(role), "verifier": sql.Literal(verifier)}
    with connection.transaction():
        if not known:
            connection.execute(sql.SQL("create role {name}").format(**parts))
        connection.execute(sql.SQL("alter role {name} login password {verifier}").format(**parts))
        connection.execute(sql.SQL("grant {role} to {name} with inherit true, set false").format(**parts))
        settings = connection.execute(
            "select unnest(setconfig) from pg_db_role_setting where setdatabase = 0 and setrole = %s::regrole", [role]
        ).fetchall()
        for (setting,) in settings:  # those of a role are not inherited
            parameter, _, value = setting.partition("=")
            parts |= {"parameter": sql.Identifier(parameter), "value": sql.Literal(value)}
            connection.execute(sql.SQL("alter role {name} set {parameter} = {value}").format(**parts))
        connection.execute("delete from serving.readers where reader = %s", [name])
        connection.execute("insert into serving.readers (reader, business) values (%s, %s)", [name, business])
    return password


def _to_readers(statement: str, target: sql.Identifier) -> sql.Composed:
    readers = sql.SQL(", ").join(map(sql.Identifier, READERS))
    return sql.SQL(statement).format(target=target, readers=readers, allowed=ALLOWED)


def _kept_releases(connection) -> list[tuple[str, str]]:
    return connection.execute(
        "select schemaname, tablename from pg_tables where schemaname ~ '^release_[0-9]+$' order by 1, 2"
    ).fetchall()
