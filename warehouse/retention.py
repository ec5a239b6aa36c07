"""Take away what was kept long enough, by the rules of `warehouse/retention.yml`; exported files too."""

import time
from pathlib import Path

import yaml
from psycopg import sql

from warehouse import subject_keys
from warehouse.connection import home

EXPORTS_DAYS, ACCESSES_DAYS = 90, 1095
RULES = yaml.safe_load(Path(__file__).with_name("retention.yml").read_text())


def retain(connection) -> dict[str, int]:
    """Delete what is older than its rule allows; return how much of what, where there was any."""
    gone = {}
    with connection.transaction():
        for rule in RULES:
            if "days" in rule:
                statement = sql.SQL("delete from {} where {} < now() - make_interval(days => %s)").format(
                    sql.Identifier(*rule["table"].split(".")), sql.Identifier(rule["since"])
                )
                gone[rule["table"]] = connection.execute(statement, [rule["days"]]).rowcount
    looks = "delete from accesses where accessed_at < now() - make_interval(days => %s)"
    gone["accesses to personal values"] = subject_keys.connection().execute(looks, [ACCESSES_DAYS]).rowcount
    old = [path for path in (home() / "exports").rglob("*.csv") if path.stat().st_mtime < _days_ago(EXPORTS_DAYS)]
    for path in old:
        path.unlink()
    gone["exported files"] = len(old)
    return {what: count for what, count in gone.items() if count}


def _days_ago(days: int) -> float:
    return time.time() - days * 86_400
