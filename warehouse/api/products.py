"""Products: one, those that match words, and what is similar."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from warehouse.access import Caller
from warehouse.api import answers, database, problems
from warehouse.api.customers import Id, document, row_of
from warehouse.api.security import Needs

router = APIRouter(tags=["products"])
Reader = Annotated[Caller, Depends(Needs("products:read"))]
PRODUCT = "select * from serving.products where business = %s and product_id = %s"
# Letters as they stand come first, in any language; only where none match are English words reduced to their stems.
SEARCH = """
with asked as (
    select websearch_to_tsquery('english', %(words)s) as query,
        array(
            select '%%' || replace(replace(replace(word, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_') || '%%'
            from regexp_split_to_table(%(words)s, '\\s+') as word where word <> ''
        ) as patterns
), offered as (
    select release_id, product_id, name, brand, category, price, currency, url,
        concat_ws(' ', name, brand, category) as words
    from serving.products
    where business = %(business)s and is_available
), literal as materialized (
    select offered.*, (name ilike all (patterns))::integer as relevance from offered, asked
    where words ilike all (patterns) and cardinality(patterns) > 0
    order by relevance desc, product_id limit %(limit)s
), found as (
    select * from literal
    union all
    (
        select offered.*, ts_rank_cd(to_tsvector('english', words), query) from offered, asked
        where not exists (select from literal) and to_tsvector('english', words) @@ query
        order by 10 desc, product_id limit %(limit)s
    )
)
select json_build_object(
    'release', max(release_id),
    'rows', coalesce(
        json_agg(to_jsonb(found) - 'release_id' - 'words' order by relevance desc, product_id), '[]'
    )
)::text from found
"""
SIMILAR = """
select json_build_object(
    'release', max(pairs.release_id),
    'rows', coalesce(json_agg(json_build_object(
        'rank', pairs.rank, 'product_id', pairs.similar_product_id, 'score', pairs.score, 'name', products.name,
        'price', products.price, 'currency', products.currency, 'url', products.url) order by pairs.rank), '[]')
)::text
from serving.similar_products as pairs
left join serving.products as products
    on products.business = pairs.business and products.product_id = pairs.similar_product_id
where pairs.business = %s and pairs.product_id = %s and pairs.rank <= %s
"""


@router.get("/products", response_model=answers.Page, responses=problems.described(401, 403, 422, 429, 503))
async def search(
    request: Request,
    caller: Reader,
    q: Annotated[
        str, Query(min_length=1, max_length=200, pattern="^[^\\x00]+$", description="words, or letters of one")
    ],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
):
    """Find products that are on offer by their name, brand or category, in English or Chinese."""
    values = {"business": caller.business, "words": q, "limit": limit}
    return document(await database.text(request.app.state.pool, SEARCH, values))


@router.get(
    "/products/{product_id}", response_model=answers.Row, responses=problems.described(401, 403, 404, 422, 429, 503)
)
async def product(request: Request, product_id: Id, caller: Reader):
    """Show one product."""
    return await row_of(request, PRODUCT, caller, product_id, "there is no such product in the current release")


@router.get(
    "/products/{product_id}/similar",
    response_model=answers.Page,
    responses=problems.described(401, 403, 422, 429, 503),
)
async def similar(request: Request, product_id: Id, caller: Reader, limit: Annotated[int, Query(ge=1, le=50)] = 10):
    """Show the products nearest to one."""
    return document(await database.text(request.app.state.pool, SIMILAR, [caller.business, product_id, limit]))
