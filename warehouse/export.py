"""Export campaigns: one CSV per campaign in `exports/`, who gets which offer; the hold-out is in none."""

import csv
import io
import os
import re
from pathlib import Path

import psycopg

from warehouse.connection import home

COLUMNS = ("customer_id", "channel", "rank", "product_id", "product_name", "reason")
OFFERS = """
select offers.business, offers.campaign_id, offers.customer_id, offers.channel, offers.rank, offers.product_id,
       products.name, offers.reason
from marts.campaign_offers as offers
left join marts.products as products using (business, product_id)
order by 1, 2, 3, 5
"""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class ExportError(Exception):
    """Nothing was exported; the message says why and what to do."""


def export(connection: psycopg.Connection) -> list[tuple[str, int, bool]]:
    """Write a file per campaign; return (file name, rows, whether it changed) of each."""
    if not connection.execute("select to_regclass('marts.campaign_offers')").fetchone()[0]:
        raise ExportError(
            "nothing to export: marts.campaign_offers does not exist; "
            "run `dbt build --project-dir dbt --profiles-dir dbt --select tag:campaign` first"
        )
    folder = home() / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in _campaigns(connection):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
        writer.writerow(COLUMNS)
        writer.writerows([neutral(value) for value in row] for row in rows)
        written.append((name, len(rows), replace(folder / name, text.getvalue())))
    return written


def _campaigns(connection):
    """Yield the file name and rows of one campaign after another; memory holds one campaign."""
    name, rows = None, []
    with connection.transaction(), connection.cursor("offers") as cursor:
        cursor.execute(OFFERS)
        for business, campaign, *row in cursor:
            if name != file_name(business, campaign):
                if name:
                    yield name, rows
                name, rows = file_name(business, campaign), []
            rows.append(row)
    if name:
        yield name, rows


def file_name(business: str, campaign: str) -> str:
    """Return the name of a campaign's file in the folder of exports, and never one outside of it.

    Raises:
        ExportError: a name that leads elsewhere, is hidden, or is none of a file on every system.
    """
    name = f"{business}-{campaign}.csv"
    if not re.fullmatch(r"\w[\w .&+()-]{0,200}", name) or ".." in name:
        raise ExportError(f"the campaign {campaign!r} of {business!r} cannot name a file: use letters, digits, - and _")
    return name


def neutral(value):
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV injection); numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value


def replace(path: Path, text: str) -> bool:
    """Write a file whole or not at all, and only where it changes."""
    if path.exists() and path.read_bytes() == text.encode():
        return False
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
    unfinished.rename(path)
    return True
