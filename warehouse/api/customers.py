"""Portraits of customers, segments and their members. One statement each, so that an answer is of one release."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from psycopg.rows import dict_row

from warehouse.access import Caller
from warehouse.api import answers, database, encoding, problems
from warehouse.api.security import Needs

router = APIRouter(tags=["customers"])
Reader = Annotated[Caller, Depends(Needs("customers:read"))]
Id = Annotated[str, Path(min_length=1, max_length=256, pattern="^[^\\x00]+$")]
Limit = Annotated[int, Query(ge=1, le=1_000)]
PORTRAIT = """
select json_build_object(
    'release', customers.release_id,
    'customer', to_jsonb(customers) - 'release_id' - 'business',
    'rfm', (select to_jsonb(t) - 'release_id' - 'business' from serving.rfm as t
            where t.business = customers.business and t.customer_id = customers.customer_id),
    'value', (select to_jsonb(t) - 'release_id' - 'business' from serving.customer_values as t
              where t.business = customers.business and t.customer_id = customers.customer_id),
    'bank', (select to_jsonb(t) - 'release_id' - 'business' from serving.bank_portraits as t
             where t.business = customers.business and t.customer_id = customers.customer_id),
    'segments', (select coalesce(json_agg(t.segment_id order by t.segment_id), '[]')
                 from serving.segment_memberships as t
                 where t.business = customers.business and t.customer_id = customers.customer_id
                     and t.left_at is null),
    'preferences', (select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' - 'customer_id'
                                             order by t.dimension, t.share desc, t.value), '[]')
                    from serving.preferences as t
                    where t.business = customers.business and t.customer_id = customers.customer_id),
    'interests', (select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' - 'customer_id'
                                           order by t.weight desc, t.term), '[]')
                  from serving.interests as t
                  where t.business = customers.business and t.customer_id = customers.customer_id)
)::text
from serving.customers as customers
where customers.business = %s and customers.customer_id = %s
"""
SEGMENTS = """
select json_build_object(
    'release', max(release_id),
    'rows', coalesce(json_agg(to_jsonb(segments) - 'release_id' - 'business' order by segment_id), '[]')
)::text from serving.segments as segments where business = %s
"""
MEMBERS = """
select members.customer_id, members.entered_at, members.release_id, array[members.customer_id] as place
from serving.segment_memberships as members
where members.business = %s and members.segment_id = %s and members.left_at is null and members.customer_id > %s
order by members.customer_id limit %s
"""
POPULAR = """
select json_build_object(
    'release', max(popular.release_id),
    'rows', coalesce(json_agg(json_build_object(
        'rank', popular.rank, 'product_id', popular.product_id, 'name', products.name, 'price', products.price,
        'currency', products.currency, 'url', products.url) order by popular.rank), '[]')
)::text
from serving.popular_products as popular
left join serving.products as products using (business, product_id)
where popular.business = %s and popular.segment_id = %s and popular.rank <= %s
"""


def document(text: str | bytes | None) -> Response:
    """Return a JSON document that PostgreSQL wrote as the answer."""
    return Response(text, media_type="application/json")


@router.get(
    "/customers/{customer_id}",
    response_model=answers.Portrait,
    responses=problems.described(401, 403, 404, 422, 429, 503),
)
async def portrait(request: Request, customer_id: Id, caller: Reader):
    """Show what is known of a customer: basics, RFM, value, segments, preferences, interests."""
    text = await database.text(request.app.state.pool, PORTRAIT, [caller.business, customer_id])
    if text is None:
        raise HTTPException(404, "there is no such customer in the current release")
    return document(text)


async def row_of(request: Request, statement: str, caller: Caller, key: str, missing: str) -> Response:
    """Return the one row that `statement` finds for business and key, or 404 that says what is missing."""
    rows = await database.rows(request.app.state.pool, statement, [caller.business, key], dict_row)
    if not rows:
        raise HTTPException(404, missing)
    del rows[0]["business"]
    return document(encoding.JSON.encode(rows[0]))


async def members_of(request: Request, statement: str, caller: Caller, group: str, limit: int, after: str | None):
    """Return a page of who belongs to a group: `statement` is asked of business, group, last customer and limit."""
    release, last = encoding.place(after, 1)
    values = [caller.business, group, (last or [""])[0], limit + 1]
    rows = await database.rows(request.app.state.pool, statement, values, dict_row)
    return encoding.page(rows, limit, release)


@router.get("/segments", response_model=answers.Page, responses=problems.described(401, 403, 429, 503))
async def segments(request: Request, caller: Reader):
    """Show the segments, what they mean and how many belong to each; counts that speak of few are null."""
    return document(await database.text(request.app.state.pool, SEGMENTS, [caller.business]))


@router.get(
    "/segments/{segment_id}/members",
    response_model=answers.Page,
    responses=problems.described(401, 403, 410, 422, 429, 503),
)
async def members(
    request: Request,
    segment_id: Id,
    caller: Reader,
    limit: Limit = 100,
    after: Annotated[str | None, Query(max_length=2_000)] = None,
):
    """Show who belongs to a segment now, page by page."""
    return await members_of(request, MEMBERS, caller, segment_id, limit, after)


@router.get(
    "/segments/{segment_id}/popular",
    response_model=answers.Page,
    responses=problems.described(401, 403, 422, 429, 503),
)
async def popular(request: Request, segment_id: Id, caller: Reader, limit: Annotated[int, Query(ge=1, le=50)] = 10):
    """Show what a segment cares for most now; `*` is everyone. Nothing is shown of segments of few."""
    values = [caller.business, segment_id, limit]
    return document(await database.text(request.app.state.pool, POPULAR, values))
