"""Where the local stack keeps its state, which ports it takes, and the environment its processes run in."""

import base64
import json
import os
import secrets
import socket
import sys
from pathlib import Path

from warehouse.connection import PROJECT, home

MARKER = "HUAXIANG_STACK"
PREFERRED_PORTS = {"airflow": 8080, "shop": 8770, "api": 8780}
DEFAULT_SOURCES = "scrapers/sources/shop.yml"
AUTH_MANAGER = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "SCARF_ANALYTICS": "false",
    "SCARF_NO_ANALYTICS": "true",
    "OTEL_SDK_DISABLED": "true",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
    "DBT_VERSION_CHECK": "False",
    "GX_ANALYTICS_ENABLED": "False",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


def folder(name: str) -> Path:
    """Return a private folder of the stack below the home, made if it is missing."""
    path = home() / name
    path.mkdir(parents=True, exist_ok=True)
    if name == "airflow":
        path.chmod(0o700)
    return path


def sources_file(given: str | None = None) -> Path:
    """Return the sources file: the one given, else $HUAXIANG_SOURCES, else the demo shop's."""
    return Path(given or os.environ.get("HUAXIANG_SOURCES") or PROJECT / DEFAULT_SOURCES).resolve()


def known_ports() -> dict[str, int]:
    """Return the ports the stack took last time, or none."""
    path = folder("run") / "ports.json"
    return json.loads(path.read_text()) if path.exists() else {}


def choose_ports(is_contended: bool = False) -> dict[str, int]:
    """Choose a free loopback port for each server, the last one's or the preferred first, and remember it.

    Where another stack starts at the same moment, ports are drawn: two that count upwards would meet at each one.
    """
    remembered, chosen = known_ports(), {}
    for name, preferred in PREFERRED_PORTS.items():
        wishes = [port for port in range(preferred, preferred + 100) if port not in chosen.values()]
        if is_contended:
            secrets.SystemRandom().shuffle(wishes)
        elif name in remembered:
            wishes.insert(0, remembered[name])
        chosen[name] = next(port for port in wishes if is_free(port))
    unfinished = folder("run") / "ports.json.new"
    unfinished.write_text(json.dumps(chosen))
    unfinished.rename(folder("run") / "ports.json")
    return chosen


def is_free(port: int) -> bool:
    """Say whether nobody listens on this port of any of this machine's addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def environment(postgres: dict[str, str], ports: dict[str, int], sources: Path) -> dict[str, str]:
    """Return the environment of every process of the stack: database, ports, Airflow, no telemetry."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "AIRFLOW"))}
    own = {
        MARKER: str(home()),
        "SPT_NOENV": "1",  # setproctitle would write its titles over the environment that carries MARKER
        "HUAXIANG_HOME": str(home()),
        "HUAXIANG_SOURCES": str(sources),
        "SHOP_URL": f"http://127.0.0.1:{ports['shop']}",
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }
    return inherited | postgres | own | NO_TELEMETRY | _airflow(ports["airflow"])


def _airflow(port: int) -> dict[str, str]:
    """Airflow's settings: loopback only, one machine, our DAGs alone; PG* say where the metadata is."""
    url = f"http://127.0.0.1:{port}"
    settings = {
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": 4,
        "CORE__DAGS_FOLDER": PROJECT / "dags",
        "CORE__LOAD_EXAMPLES": False,
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "CORE__AUTH_MANAGER": AUTH_MANAGER,
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "API__HOST": "127.0.0.1",
        "API__PORT": port,
        "API__BASE_URL": url,
        "API__INSTANCE_NAME": "Huaxiang",
        "DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg:///airflow",
        "DATABASE__SQL_ALCHEMY_CONN_ASYNC": "postgresql+psycopg:///airflow",
        "DATABASE__CHECK_MIGRATIONS": False,
        "DAG_PROCESSOR__REFRESH_INTERVAL": 10,
        "DAG_PROCESSOR__PARSING_PROCESSES": 1,
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": 2,
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.2,
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 60,
        "WORKERS__MIN_HEARTBEAT_INTERVAL": 1,  # a finished task holds its slot until the next heartbeat
    }
    named = {f"AIRFLOW__{name}": str(value) for name, value in settings.items()}
    return named | _secrets() | {"AIRFLOW_HOME": str(folder("airflow"))}


def _secrets() -> dict[str, str]:
    """Return this home's own keys for Airflow, made at the first call and kept where only the owner reads."""
    path = folder("airflow") / "secrets.json"
    if not path.exists():
        names = ("API__SECRET_KEY", "API_AUTH__JWT_SECRET")
        keys = {f"AIRFLOW__{name}": secrets.token_urlsafe(48) for name in names}
        fernet_key = base64.urlsafe_b64encode(secrets.token_bytes(32))
        keys["AIRFLOW__CORE__FERNET_KEY"] = fernet_key.decode()
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(keys))
        unfinished.rename(path)
    return json.loads(path.read_text())
