"""Superset on loopback over what is published: `python -m bi`, which `make bi` calls; Ctrl-C ends it."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time

import httpx

from bi import settings
from warehouse import connection, embedded

PREFERRED_PORT = 8790
PATIENCE_SECONDS = 120


class BiError(Exception):
    """Superset does not run; the message says why and what to do."""


def main() -> int:
    """Bring Superset to what the files say and serve it until it is told to end; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bi", description=__doc__)
    parser.add_argument("--port", type=int, default=PREFERRED_PORT, help="on 127.0.0.1; 0 for any free one")
    parser.add_argument("--ready-file", help="written when it answers: its address")
    options = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell's background job is born deaf to SIGINT
        signal.signal(ending, signal.default_int_handler)
    is_started_here = False
    try:
        if not settings.PYTHON.exists():
            raise BiError("Superset is not installed: `make bi` installs it")
        if "PGHOST" not in os.environ and not embedded.is_running():
            embedded.start()
            is_started_here = True
        return _serve(options.port, options.ready_file)
    except KeyboardInterrupt:
        return 0
    except (BiError, connection.NotConfiguredError, embedded.EmbeddedServerError) as error:
        print(f"bi: {error}", file=sys.stderr)
        return 1
    finally:
        if is_started_here:
            embedded.stop()


def _serve(wish: int, ready_file: str | None) -> int:
    environment = settings.environment(connection.environment() | _login())
    print("Superset is brought to what the files say, half a minute")
    log = settings.folder() / "prepare.log"
    with log.open("wb") as output:
        command = [settings.PYTHON, settings.ASSETS.parent / "prepare.py"]
        if subprocess.run(command, env=environment, stdout=output, stderr=output).returncode:
            raise BiError(f"Superset could not be prepared; why, says the end of {log}")
    port = _port(wish)
    address = f"http://127.0.0.1:{port}"
    with (settings.folder() / "superset.log").open("wb") as output:
        command = [settings.PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--timeout", "120"]
        command += ["--workers", "1", "--worker-class", "gthread", "--threads", "8", "superset.app:create_app()"]
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        _wait(server, address)
        password = settings.folder() / "password"
        print(f"Superset runs on {address}: log in as {settings.USER} with what stands in {password}; Ctrl-C ends it")
        if ready_file:
            with open(ready_file, "w") as ready:
                ready.write(address)
        return server.wait()
    finally:
        server.terminate()
        server.wait()


def _login() -> dict[str, str]:
    """Give Superset's login a new password, which only its processes know; return libpq's variables for it."""
    from warehouse import roles

    with connection.connect() as database:
        password = roles.login(database, settings.LOGIN, "bi_reader", "*")
    return {"PGUSER": settings.LOGIN, "PGPASSWORD": password}


def _port(wish: int) -> int:
    """Return the wished port, or any free one where it is taken."""
    for port in (wish, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise BiError("no free TCP port on 127.0.0.1")


def _wait(server: subprocess.Popen, address: str) -> None:
    """Wait until Superset answers."""
    log, until = settings.folder() / "superset.log", time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise BiError(f"Superset ended: {log} says why")
        try:
            httpx.get(f"{address}/health", timeout=PATIENCE_SECONDS).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise BiError(f"Superset does not answer: {log} may say why")


if __name__ == "__main__":
    sys.exit(main())
