"""Write the page of each campaign: `python -m ml report campaigns`."""

import hashlib
import re
from itertools import groupby
from pathlib import Path

import jinja2
import psycopg
from markupsafe import Markup
from psycopg import sql
from psycopg.rows import dict_row

from ml.progress import announcer
from ml.report import plots
from warehouse.connection import home

TABLES = {
    "verdicts": ("campaign_verdicts", "campaign_id"),
    "funnel": ("campaign_funnel", "campaign_id, arm desc, number"),
    "balance": ("campaign_balance", "campaign_id, covariate"),
    "lifts": ("campaign_lift", "campaign_id, outcome, arm, segment"),
    "credits": ("channel_increments", "channel, outcome, model"),
}
LONGEST_NAME = 80


def campaigns(connection: psycopg.Connection, business: str) -> list[Path]:
    """Write a page per judged campaign into the folder `reports`, and take away those of campaigns that are gone."""
    folder = home() / "reports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        found = {name: _rows(connection, business, *table) for name, table in TABLES.items()}
    template = _environment().get_template("campaign.html")
    written = []
    for verdict in found["verdicts"]:
        path = folder / file_name(business, verdict["campaign_id"])
        text = template.render(page(verdict, found))
        if not path.exists() or path.read_text() != text:
            unfinished = path.with_suffix(".new")
            unfinished.write_text(text)
            unfinished.rename(path)
        written.append(path)
    for path in folder.glob(f"{_word(business)}~*.html"):
        if path not in written:
            path.unlink()
    announcer(business)(f"{len(written):,} pages in {folder}")
    return written


def page(verdict: dict, found: dict[str, list[dict]]) -> dict:
    """Return what the page of a campaign shows: its rows, and the plots of them."""

    def of_campaign(name: str) -> list[dict]:
        return [row for row in found[name] if row["campaign_id"] == verdict["campaign_id"]]

    funnel, balance, lifts = of_campaign("funnel"), of_campaign("balance"), _by_outcome(of_campaign("lifts"))
    is_causal = verdict["verdict"] == "comparable"
    credits = _by_outcome(row for row in found["credits"] if is_causal and row["channel"] == verdict["channel"])
    drawn = {
        "funnel": Markup(plots.funnel(funnel)),
        "balance": Markup(plots.balance(balance)) if balance else "",
        "lifts": {outcome: Markup(plots.differences(rows)) for outcome, rows in lifts.items()},
        "credits": {outcome: Markup(plots.credits(rows)) for outcome, rows in credits.items()},
    }
    parts = {"funnel": funnel, "balance": balance, "lifts": lifts, "credits": credits}
    return {"verdict": verdict, "plots": drawn, **parts}


def file_name(business: str, campaign_id: str) -> str:
    """Return the name of a campaign's page; an id that is no plain word is named by its hash too, and leads nowhere."""
    return f"{_word(business)}~{_word(campaign_id)}.html"


def _word(text: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", text)[:LONGEST_NAME]
    if plain == text:
        return plain
    return f"{plain}-{hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:8]}"


def _by_outcome(rows) -> dict[str, list[dict]]:
    return {outcome: list(group) for outcome, group in groupby(rows, key=lambda row: row["outcome"])}


def _rows(connection: psycopg.Connection, business: str, table: str, order: str) -> list[dict]:
    query = sql.SQL("select * from {} where business = %s order by {}").format(
        sql.Identifier("ml", table), sql.SQL(order)
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [business]).fetchall()


def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"number": _number, "percent": lambda share: f"{share:.1%}"}
    return environment


def _number(value) -> str:
    """Write whole numbers whole, others with four significant digits, and nothing for null."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
