"""What to recommend: the published list, ranked anew by what the visitor looked at in the last minutes.

The list and what is similar to each product looked at are rankings that are added up (reciprocal rank fusion,
Cormack, Clarke & Buettcher 2009); what was looked at counts half as much after each half-life. Nothing is learned anew.

Tiers, from the most personal: those of the learned list (hybrid, features, …) · session, similar to what was just
looked at · popular, where neither is known. Who objects to personalisation gets what is popular. What rules excluded
from the customer's list, and what a business that judges suitability does not call suitable, is in no answer.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from psycopg import sql

from warehouse.access import Caller
from warehouse.api import answers, database, problems
from warehouse.api.customers import Id, document
from warehouse.api.security import Needs

router = APIRouter(tags=["recommendations"])
Reader = Annotated[Caller, Depends(Needs("customers:read"))]
K = 60  # the constant of the paper
POPULAR_COUNTS = 0.5  # beside what was just looked at, where nothing is known of a visitor
SIGNALS_LAST = "30 minutes"
HALF_LIFE_SECONDS = 600
SIGNALS = 20  # the latest, of each visitor
LONGEST = 50
ANSWER = """
with permitted as (
    select coalesce(
        (select may_personalise from serving.customers where business = %(business)s and customer_id = %(customer)s),
        true
    ) as may_personalise
), signals as (
    select product_id, sum(power(0.5, seconds / {half_life})) as weight
    from (
        select product_id, extract(epoch from now() - received_at) as seconds from live.signals, permitted
        where business = %(business)s and may_personalise
            and (user_id = %(customer)s or anonymous_id = %(session)s)
            and received_at > now() - {last}::interval
        order by received_at desc, message_id limit {signals}
    ) as latest
    group by product_id
), learned as (
    select product_id, rank, tier, reason_code, evidence from {list}, permitted
    where business = %(business)s and customer_id = %(customer)s and (may_personalise or tier = 'popular')
), listed as (
    select *, 1.0 / ({k} + rank) as share from learned
    union all
    select product_id, rank, 'popular', 'popular', jsonb_build_object('rank', rank), {popular} / ({k} + rank)
    from serving.popular_products
    where business = %(business)s and segment_id = '*' and rank <= {longest} and not exists (select from learned)
), near as (
    select
        pairs.similar_product_id as product_id,
        sum(signals.weight / ({k} + pairs.rank)) as score,
        (array_agg(signals.product_id order by signals.weight / ({k} + pairs.rank) desc, signals.product_id))[1]
            as because,
        max(pairs.score) as cosine
    from signals
    inner join serving.similar_products as pairs
        on pairs.business = %(business)s and pairs.product_id = signals.product_id
    group by 1
), fused as (
    select
        product_id,
        coalesce(listed.share, 0) + coalesce(near.score, 0) as score,
        case when coalesce(near.score, 0) > coalesce(listed.share, 0) then 'session' else listed.tier end
            as tier,
        case when coalesce(near.score, 0) > coalesce(listed.share, 0) then 'similar_to'
            else listed.reason_code end as reason_code,
        case when coalesce(near.score, 0) > coalesce(listed.share, 0)
            then jsonb_build_object('product_id', near.because, 'cosine', near.cosine) else listed.evidence end
            as evidence
    from listed full join near using (product_id)
), best as (
    select row_number() over (order by fused.score desc, fused.product_id) as rank, fused.*,
        products.name, products.price, products.currency, products.url
    from fused
    inner join serving.products as products
        on products.business = %(business)s and products.product_id = fused.product_id
    where products.is_recommendable
        and not exists (
            select from serving.exclusions as barred
            where barred.business = %(business)s and barred.customer_id = %(customer)s
                and barred.product_id = fused.product_id and barred.list in ('*', {list_name})
        )
        and (
            not exists (select from serving.product_suitability where business = %(business)s)
            or exists (
                select from serving.product_suitability as judged
                where judged.business = %(business)s and judged.customer_id = %(customer)s
                    and judged.product_id = fused.product_id and judged.is_suitable
            )
        )
    order by 1 limit %(limit)s
)
select json_build_object(
    'release', (select release_id from serving.releases where is_current),
    'customer_id', %(customer)s::text,
    'is_known', exists (select from learned),
    'session_signals', (select count(*) from signals),
    'products', coalesce((select json_agg(best order by rank) from best), '[]')
)::text
"""
CONSTANTS = {
    "half_life": sql.Literal(HALF_LIFE_SECONDS),
    "last": sql.Literal(SIGNALS_LAST),
    "signals": sql.Literal(SIGNALS),
    "longest": sql.Literal(LONGEST),
    "k": sql.Literal(K),
    "popular": sql.Literal(POPULAR_COUNTS),
}
LISTS = {
    is_new: sql.SQL(ANSWER).format(list=sql.Identifier("serving", name), list_name=sql.Literal(name), **CONSTANTS)
    for is_new, name in ((False, "recommendations"), (True, "discoveries"))
}
EXCLUDED = """
select json_build_object(
    'release', max(release_id),
    'rows', coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' - 'customer_id' - 'run_id'
                              order by list, rank, product_id, rule_id), '[]')
)::text
from (
    select * from serving.exclusions
    where business = %(business)s and customer_id = %(customer)s
        and (%(product)s::text is null or product_id = %(product)s)
    order by list, rank, product_id, rule_id limit {most}
) as t
"""
EXCLUSIONS = sql.SQL(EXCLUDED).format(most=sql.Literal(1_000))


@router.get(
    "/recommendations/{customer_id}",
    response_model=answers.Recommendations,
    responses=problems.described(401, 403, 422, 429, 503),
)
async def recommendations(
    request: Request,
    customer_id: Id,
    caller: Reader,
    session: Annotated[
        str | None,
        Query(max_length=256, pattern="^[^\\x00]*$", description="anonymousId of the visitor's events, if known"),
    ] = None,
    new_only: Annotated[bool, Query(description="only what is new to the customer")] = False,
    limit: Annotated[int, Query(ge=1, le=LONGEST)] = 10,
):
    """Recommend products with reasons; what was looked at in the last minutes counts, and anybody may be unknown."""
    values = {"business": caller.business, "customer": customer_id, "session": session, "limit": limit}
    return document(await database.text(request.app.state.pool, LISTS[new_only], values))


@router.get(
    "/recommendations/{customer_id}/exclusions",
    response_model=answers.Page,
    responses=problems.described(401, 403, 422, 429, 503),
)
async def exclusions(
    request: Request,
    customer_id: Id,
    caller: Reader,
    product_id: Annotated[str | None, Query(min_length=1, max_length=256, pattern="^[^\\x00]+$")] = None,
):
    """Say why a product, or each that would have been in a list of this customer, is not: by which rule."""
    values = {"business": caller.business, "customer": customer_id, "product": product_id}
    return document(await database.text(request.app.state.pool, EXCLUSIONS, values))
