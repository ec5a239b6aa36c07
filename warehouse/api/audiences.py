"""Audiences: what they say, how many belong to them, and who. One statement each: an answer is of one release."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from warehouse.api import answers, database, problems
from warehouse.api.customers import Id, Limit, Reader, document, members_of, row_of

router = APIRouter(tags=["audiences"])
AUDIENCES = """
select json_build_object(
    'release', max(release_id),
    'rows', coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' order by audience_id), '[]')
)::text
from serving.audience_definitions as t where business = %s
"""
AUDIENCE = "select * from serving.audience_definitions where business = %s and audience_id = %s"
MEMBERS = """
select members.customer_id, members.entered_at, members.release_id, array[members.customer_id] as place
from serving.audience_memberships as members
where members.business = %s and members.audience_id = %s and members.left_at is null and members.customer_id > %s
order by members.customer_id limit %s
"""


@router.get("/audiences", response_model=answers.Page, responses=problems.described(401, 403, 429, 503))
async def audiences(request: Request, caller: Reader):
    """Show the audiences, their rules and how many belong to each; sizes that speak of few are null."""
    return document(await database.text(request.app.state.pool, AUDIENCES, [caller.business]))


@router.get(
    "/audiences/{audience_id}", response_model=answers.Row, responses=problems.described(401, 403, 404, 422, 429, 503)
)
async def audience(request: Request, audience_id: Id, caller: Reader):
    """Show one audience: its rules, their version, and how many belong to it."""
    return await row_of(
        request, AUDIENCE, caller, audience_id, "there is no such audience in the current release: see /audiences"
    )


@router.get(
    "/audiences/{audience_id}/members",
    response_model=answers.Page,
    responses=problems.described(401, 403, 410, 422, 429, 503),
)
async def members(
    request: Request,
    audience_id: Id,
    caller: Reader,
    limit: Limit = 100,
    after: Annotated[str | None, Query(max_length=2_000)] = None,
):
    """Show who belongs to an audience now, page by page; whether they may be contacted is another question."""
    return await members_of(request, MEMBERS, caller, audience_id, limit, after)
