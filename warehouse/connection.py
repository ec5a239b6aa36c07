"""Where the warehouse is: libpq's PG* variables, or the embedded server's own file where none are set."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
REQUIRED = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE")


class NotConfiguredError(Exception):
    """No PG* variables and no embedded server: the message says what to do."""


def home() -> Path:
    """Return the folder of all run-time state: $HUAXIANG_HOME, or `.huaxiang` in the project."""
    return Path(os.environ.get("HUAXIANG_HOME") or PROJECT / ".huaxiang").resolve()


def environment() -> dict[str, str]:
    """Return libpq's variables: those of this process, else those of the embedded server.

    Raises:
        NotConfiguredError: neither is there.
    """
    if "PGHOST" in os.environ:
        return {name: value for name, value in os.environ.items() if name.startswith("PG")}
    path = home() / "postgres.env"
    if not path.exists():
        raise NotConfiguredError(
            f"no database: PGHOST is not set and {path.name} is not in {home().name}/. "
            "Start the embedded one with `python -m warehouse start`, or set PGHOST, PGPORT, PGUSER, "
            "PGPASSWORD and PGDATABASE."
        )
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)


def adopt() -> None:
    """Put the embedded server's variables into this process's environment, where none are set."""
    for name, value in environment().items():
        os.environ.setdefault(name, value)


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Let every connection of this process and of those it starts have the rights of one role, and no others.

    The roles are those of warehouse/roles.sql. Who is told to connect as another, by $PGOPTIONS, stays that one.
    """
    adopt()
    before = os.environ.get("PGOPTIONS", "")
    if "role=" in before:
        yield
        return
    os.environ["PGOPTIONS"] = f"{before} -c role={role}".strip()
    try:
        yield
    finally:
        os.environ["PGOPTIONS"] = before
        if not before:
            del os.environ["PGOPTIONS"]


def connect(**kwargs):
    """Return a psycopg connection to the warehouse; keyword arguments go to `psycopg.connect`."""
    import psycopg

    adopt()
    return psycopg.connect("", **kwargs)


def engine(**kwargs):
    """Return a SQLAlchemy engine on the warehouse; psycopg reads the PG* variables itself."""
    import sqlalchemy

    adopt()
    return sqlalchemy.create_engine("postgresql+psycopg://", pool_pre_ping=True, **kwargs)
