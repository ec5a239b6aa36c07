"""Where Superset keeps its state, its secrets, and the environment that it runs in."""

import os
import secrets
from pathlib import Path

from warehouse.connection import PROJECT, home

PYTHON = PROJECT / ".venv-bi" / "bin" / "python"
ASSETS = Path(__file__).parent / "assets"
LOGIN = "superset"  # PostgreSQL's, a bi_reader
USER = "marketer"  # who logs in to Superset
NO_TELEMETRY = {"SCARF_ANALYTICS": "false", "SCARF_NO_ANALYTICS": "true", "DO_NOT_TRACK": "1"}


def folder() -> Path:
    """Return Superset's folder below the home, made if it is missing; its owner alone may enter."""
    path = home() / "bi"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret(name: str) -> str:
    """Return a secret of this home, made at the first call and kept where only the owner reads."""
    path = folder() / name
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(32))
        unfinished.rename(path)
    return path.read_text()


def environment(postgres: dict[str, str]) -> dict[str, str]:
    """Return the environment of Superset; libpq's variables say where it reads, and as whom."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "SUPERSET", "FLASK", "PYTHON"))}
    secret("secret_key")
    own = {
        "SUPERSET_HOME": str(folder()),
        "SUPERSET_CONFIG_PATH": str(Path(__file__).with_name("superset_config.py")),
        "HUAXIANG_BI_ASSETS": str(ASSETS),
        "HUAXIANG_BI_USER": USER,
        "HUAXIANG_BI_PASSWORD": secret("password"),
        "PYTHONUNBUFFERED": "1",
    }
    return inherited | postgres | own | NO_TELEMETRY
