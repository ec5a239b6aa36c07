"""Write the page on a business's models: `python -m ml report models`."""

from itertools import groupby
from pathlib import Path

import psycopg
from markupsafe import Markup

from ml import gate
from ml.progress import announcer
from ml.report import pages, plots

NEW = "new_"


def models(connection: psycopg.Connection, business: str) -> Path | None:
    """Write what the current run's families were worth, what the gate asked, and how they did on past windows."""
    say = announcer(business)
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        runs = pages.rows(connection, business, "runs", "started_at")
        run = next((run for run in runs if run["is_current"]), None)
        if run is None:
            say("skipped, there are no lists yet: run `python -m ml recommend`")
            return None
        found = {
            name: [row for row in pages.rows(connection, business, name, order) if row["run_id"] == run["run_id"]]
            for name, order in (
                ("measures", "model, metric"),
                ("gate_checks", "list desc, model, check_name, against, slice"),
                ("evaluations", "list desc, window_number, ndcg desc, model"),
            )
        }
    refused = [each["refused_because"] for each in runs if each["started_at"] > run["started_at"]]
    path = pages.folder() / f"models.{pages.word(business)}.html"
    pages.write(path, pages.environment().get_template("models.html").render(page(run, found, refused[-1:])))
    say(f"{path.name} in {path.parent}")
    return path


def page(run: dict, found: dict[str, list[dict]], refused: list[str]) -> dict:
    """Return what the page shows: rows, and the plots of them."""
    measures = {"recommendations": _wide(found["measures"], ""), "discoveries": _wide(found["measures"], NEW)}
    measures = {name: rows for name, rows in measures.items() if rows}
    everybody = [row for row in found["evaluations"] if row["slice"] == gate.EVERYBODY]
    windows = {name: list(rows) for name, rows in groupby(everybody, key=lambda row: row["list"])}
    return {
        "run": run,
        "refused": refused[0] if refused else None,
        "measures": measures,
        "checks": found["gate_checks"],
        "windows": windows,
        "slices": [row for row in found["evaluations"] if row["slice"] != gate.EVERYBODY],
        "plots": {
            "measures": {name: Markup(plots.families(rows)) for name, rows in measures.items()},
            "windows": {name: Markup(plots.windows(rows)) for name, rows in windows.items()},
        },
    }


def _wide(measures: list[dict], prefix: str) -> list[dict]:
    """Return a row per family with its metrics, the best first; `prefix` tells those of what is new."""
    found: dict[str, dict] = {}
    for row in measures:
        metric = row["metric"].removeprefix(prefix)
        if row["metric"] == prefix + metric and metric in ("ndcg", "recall", "map", "hit_rate"):
            found.setdefault(row["model"], {"model": row["model"]})[metric] = row["value"]
    whole = [row for row in found.values() if len(row) == 5]
    return sorted(whole, key=lambda row: -row["ndcg"])
