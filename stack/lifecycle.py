"""Start and stop the whole stack: database, demo shop, Airflow; again and again, and after a kill -9 anywhere."""

import fcntl
import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from stack import databases, processes, readiness, settings
from stack.airflow import Airflow
from stack.readiness import StackError
from warehouse import embedded
from warehouse.connection import home

COMPONENTS = {
    "api-server": ["-m", "airflow", "api-server"],
    "scheduler": ["-m", "airflow", "scheduler", "--skip-serve-logs"],
    "dag-processor": ["-m", "airflow", "dag-processor"],
}
DAGS = {"collect", "transform", "recommend", "campaign", "housekeeping"}
POOLS = {"marts": 1}
TRIES = 3
PORT_TAKEN = "ddress already in use"  # says each server's log, whoever let go of the port since


@dataclass(frozen=True)
class Stack:
    """A running stack: its database, its sources file and its Airflow."""

    postgres: dict[str, str]
    sources: Path
    airflow: Airflow


@contextmanager
def only_one():
    """Hold this home for one command of the stack; a killed command lets go of it by itself."""
    with (settings.folder("run") / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"another `python -m stack` command works in {home()}. Wait for it, end it with Ctrl-C where it "
                "runs, or set HUAXIANG_HOME to another folder."
            ) from None
        yield


def start(mode: str, sources: Path, say) -> Stack:
    """Start what does not run yet; `mode` (up or demo) says whether the stack is meant to stay.

    Raises:
        StackError: a running stack has other sources.
        processes.ProcessEndedError: a part of it does not start; the message carries its log.
    """
    known = state()
    if known.get("mode") == "demo":
        stopped = stop()
        say(f"an earlier demo was killed: ended its {stopped} processes" if stopped else "an earlier demo was killed")
    elif running() and known.get("sources") != str(sources):
        raise StackError(f"the running stack has the sources {known['sources']}: `python -m stack down` first")
    if not sources.exists():
        raise StackError(f"no sources file {sources}: give one with --sources")
    _remember({"mode": mode, "sources": str(sources)})
    say("PostgreSQL starts")
    postgres = embedded.start()
    if running():
        return _start(mode, Stack(postgres, sources, Airflow(settings.known_ports()["airflow"])), say, None)
    for attempt in range(TRIES):
        ports = settings.choose_ports(is_contended=attempt > 0)
        try:
            stack = Stack(postgres, sources, Airflow(ports["airflow"]))
            return _start(mode, stack, say, datetime.now(UTC))
        except processes.ProcessEndedError as error:
            processes.stop_all()
            if PORT_TAKEN not in str(error) and all(settings.is_free(port) for port in ports.values()):
                raise
            say("another program took a port meanwhile: once more with others")
    raise StackError("the ports were taken again and again: is another stack starting? Try once more.")


def _start(mode: str, stack: Stack, say, began: datetime | None) -> Stack:
    """Start the parts that do not run; `began` is when, or nothing where some of them run already."""
    environment = settings.environment(stack.postgres, settings.known_ports(), stack.sources)
    if mode == "demo":
        environment["HUAXIANG_SCHEDULE"] = ""
    databases.migrate(stack.postgres, environment, say)
    say("Airflow starts")
    for name, arguments in COMPONENTS.items():
        processes.start(name, arguments, environment)
    if "SHOP_URL" in stack.sources.read_text():
        _serve_shop(settings.known_ports()["shop"], environment, say)
    if mode == "up" and (port := settings.known_ports().get("api")):
        processes.start("api", ["-m", "warehouse", "api", "--port", str(port)], environment)
        readiness.until(lambda: readiness.listens("api", port), ["api"])
    readiness.wait_for_airflow(stack.airflow, [*COMPONENTS], DAGS, began)
    for name, slots in POOLS.items():
        stack.airflow.make_pool(name, slots)
    return stack


def stop() -> int:
    """Stop everything this home's stack started, the database last; return how many processes there were."""
    stopped = processes.stop_all()
    stopped += embedded.stop()
    (settings.folder("run") / "stack.json").unlink(missing_ok=True)
    return stopped


def state() -> dict:
    """Return how the stack was started last, or nothing where it was stopped properly."""
    path = settings.folder("run") / "stack.json"
    return json.loads(path.read_text()) if path.exists() else {}


def running() -> list[str]:
    """Return the names of the parts that run."""
    return [name for name in [*COMPONENTS, "shop", "api"] if processes.find(name)]


def check_alive() -> None:
    """Raise ProcessEndedError where a part of Airflow is gone."""
    for name in COMPONENTS:
        if not processes.find(name):
            raise processes.ProcessEndedError(processes.failure(name))


def _serve_shop(port: int, environment: dict[str, str], say) -> None:
    if processes.find("shop"):
        return
    say("the demo shop opens")
    ready = settings.folder("run") / "shop.ready"
    ready.unlink(missing_ok=True)
    command = ["-m", "scrapers.demo", "serve", "--port", str(port), "--ready-file", str(ready)]
    processes.start("shop", command, environment)
    readiness.until(ready.exists, ["shop"])


def _remember(what: dict) -> None:
    unfinished = settings.folder("run") / "stack.json.new"
    unfinished.write_text(json.dumps(what))
    unfinished.rename(settings.folder("run") / "stack.json")
