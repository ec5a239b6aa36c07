"""Write the page of each campaign: `python -m ml report campaigns`."""

from itertools import groupby
from pathlib import Path

import psycopg
from markupsafe import Markup

from ml.progress import announcer
from ml.report import pages, plots

TABLES = {
    "verdicts": ("campaign_verdicts", "campaign_id"),
    "funnel": ("campaign_funnel", "campaign_id, arm desc, number"),
    "balance": ("campaign_balance", "campaign_id, covariate"),
    "lifts": ("campaign_lift", "campaign_id, outcome, arm, segment"),
    "credits": ("channel_increments", "channel, outcome, model"),
}


def campaigns(connection: psycopg.Connection, business: str) -> list[Path]:
    """Write a page per judged campaign into the folder `reports`, and take away those of campaigns that are gone."""
    folder = pages.folder()
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        found = {name: pages.rows(connection, business, *table) for name, table in TABLES.items()}
    template = pages.environment().get_template("campaign.html")
    written = []
    for verdict in found["verdicts"]:
        path = folder / file_name(business, verdict["campaign_id"])
        text = template.render(page(verdict, found))
        pages.write(path, text)
        written.append(path)
    for path in folder.glob(f"{pages.word(business)}~*.html"):
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
    return f"{pages.word(business)}~{pages.word(campaign_id)}.html"


def _by_outcome(rows) -> dict[str, list[dict]]:
    return {outcome: list(group) for outcome, group in groupby(rows, key=lambda row: row["outcome"])}
