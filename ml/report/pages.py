"""What all pages share: templates, rows of tables, names of files that lead nowhere."""

import hashlib
import re
from pathlib import Path

import jinja2
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from warehouse.connection import home

LONGEST_NAME = 80


def folder() -> Path:
    """Return the folder of all pages, which nobody else may read."""
    found = home() / "reports"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def write(path: Path, text: str) -> None:
    """Let a page appear whole; one that says the same already is not touched."""
    if not path.exists() or path.read_text() != text:
        unfinished = path.with_suffix(".new")
        unfinished.write_text(text)
        unfinished.rename(path)


def word(text: str) -> str:
    """Return a text as part of a file's name; what is no plain word is named by its hash too."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", text)[:LONGEST_NAME]
    if plain == text:
        return plain
    return f"{plain}-{hashlib.sha256(text.encode(errors='surrogateescape')).hexdigest()[:8]}"


def rows(connection: psycopg.Connection, business: str, table: str, order: str) -> list[dict]:
    """Return a business's rows of a table of schema ml, in an order of columns."""
    query = sql.SQL("select * from {} where business = %s order by {}").format(
        sql.Identifier("ml", table), sql.SQL(order)
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [business]).fetchall()


def environment() -> jinja2.Environment:
    """Return the templates of this folder; what they show is escaped, what is missing is an error."""
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
