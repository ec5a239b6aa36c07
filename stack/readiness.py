"""Wait until what was started serves, or say why it does not."""

import time
from datetime import UTC, datetime

import psutil

from stack import processes, settings
from stack.airflow import Airflow

READY_SECONDS = 180


class StackError(Exception):
    """The stack cannot do this now; the message says why and what to do."""


def wait_for_airflow(airflow: Airflow, names: list[str], dags: set[str], began: datetime | None) -> None:
    """Wait until the api-server answers and, where Airflow was just started, the scheduler beats and knows the DAGs."""
    # Another home's server may answer on the port that ours failed to get.
    until(lambda: listens("api-server", airflow.port), names)
    until(lambda: airflow.health().get("scheduler", {}).get("status") == "healthy", names)
    if began:
        until(lambda: _beat(airflow) > began, names)
        until(lambda: {name for name, read in airflow.dags().items() if read > began} >= dags, names, airflow)


def until(is_ready, names: list[str], airflow: Airflow | None = None) -> None:
    """Wait for a condition while the named processes live."""
    last = time.monotonic() + READY_SECONDS
    while not is_ready():
        for name in names:
            if not processes.find(name):
                raise processes.ProcessEndedError(processes.failure(name))
        if airflow and (errors := airflow.import_errors()):
            raise StackError("a DAG file cannot be read: " + "; ".join(errors))
        if time.monotonic() > last:
            raise StackError(f"{', '.join(names)}: not ready after {READY_SECONDS} s; see {settings.folder('logs')}")
        time.sleep(0.2)


def listens(name: str, port: int) -> bool:
    """Say whether the process of this name listens on a port."""
    process = processes.find(name)
    try:
        return bool(process) and any(c.laddr and c.laddr.port == port for c in process.net_connections("inet"))
    except psutil.NoSuchProcess:
        return False


def _beat(airflow: Airflow) -> datetime:
    text = airflow.health().get("scheduler", {}).get("latest_scheduler_heartbeat")
    return datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
