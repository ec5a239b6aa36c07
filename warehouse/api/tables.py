"""Bounded questions to the published tables: columns, filters, a sort, a page; JSON or CSV."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from psycopg.rows import dict_row

from warehouse.access import Caller
from warehouse.api import answers, database, encoding, problems, questions
from warehouse.api.security import Needs
from warehouse.publish import PUBLISHED

router = APIRouter(tags=["tables"])
Reader = Annotated[Caller, Depends(Needs("tables:read"))]
REMEMBERED_SECONDS = 10
MOST_ROWS = 1_000
# What a later change of the marts might let through: personal values never stand in serving, and are not shown if so.
WITHHELD = ("%\\_encrypted", "%\\_index")
COLUMNS = """
select relname::text, json_object_agg(attname, format_type(atttypid, atttypmod) order by attnum)
from pg_attribute inner join pg_class on pg_class.oid = attrelid
where relnamespace = to_regnamespace('serving') and relname = any(%s) and attnum > 0 and not attisdropped
    and attname <> all(array['business', 'release_id']) and not attname like any(%s)
group by 1
"""


async def relations(request: Request) -> dict[str, questions.Relation]:
    """Return the tables that may be asked, as the catalogue knows them; for seconds from memory."""
    state = request.app.state
    if getattr(state, "relations_until", 0) < time.monotonic():
        rows = await database.rows(state.pool, COLUMNS, [list(PUBLISHED), list(WITHHELD)])
        state.relations = {name: questions.Relation(name, kinds, PUBLISHED[name][1]) for name, kinds in rows}
        state.relations_until = time.monotonic() + REMEMBERED_SECONDS
    return state.relations


@router.get("/tables", response_model=answers.Tables, responses=problems.described(401, 403, 429, 503))
async def tables(request: Request, caller: Reader):
    """Show which tables can be asked, with their columns and types."""
    return {"tables": {name: found.columns for name, found in (await relations(request)).items()}}


@router.get(
    "/tables/{table}",
    response_model=answers.Page,
    responses=problems.described(400, 401, 403, 404, 410, 422, 429, 503)
    | {200: {"description": "A page of rows", "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def table(
    request: Request,
    table: str,
    caller: Reader,
    columns: Annotated[str | None, Query(max_length=2_000, description="names between commas; all if missing")] = None,
    filter: Annotated[list[str], Query(max_length=10, description=questions.FORM)] = [],  # noqa: B006  (FastAPI's way)
    sort: Annotated[
        str | None, Query(max_length=100, description="a column; `-` before it for the greatest first")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
    after: Annotated[str | None, Query(max_length=4_000, description="`next` of the page before")] = None,
    format: Literal["json", "csv"] = "json",
):
    """Ask one table for rows of your business."""
    relation = (await relations(request)).get(table)
    if relation is None:
        raise HTTPException(404, "there is no such table: see /tables")
    names = questions.checked(relation, columns)
    release, place = encoding.place(after, questions.size_of_place(relation, sort))
    text, values = questions.statement(relation, caller.business, names, filter, sort or None, place, limit + 1)
    rows = await database.rows(request.app.state.pool, text, values, dict_row, prepare=False)
    return encoding.page(rows, limit, release, names if format == "csv" else None)
