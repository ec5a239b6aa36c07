"""Results of campaigns: funnel, credits, and what they caused with its intervals. One statement each: one release."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from warehouse.access import Caller
from warehouse.api import answers, database, problems
from warehouse.api.customers import Id, document
from warehouse.api.security import Needs

router = APIRouter(tags=["campaigns"])
Reader = Annotated[Caller, Depends(Needs("campaigns:read"))]
Word = Annotated[str | None, Query(min_length=1, max_length=256, pattern="^[^\\x00]+$")]
MOST = 1_000  # segments × arms × outcomes of one campaign, and campaigns of one business
CAMPAIGNS = """
select json_build_object(
    'release', max(release_id),
    'rows', coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' order by campaign_id), '[]')
)::text
from (
    select * from serving.campaign_verdicts where business = %(business)s order by campaign_id limit %(most)s
) as t
"""
RESULTS = """
select json_build_object(
    'release', verdicts.release_id,
    'campaign', to_jsonb(verdicts) - 'release_id' - 'business',
    'funnel', (
        select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' - 'campaign_id' - 'channel'
                                 order by t.arm desc, t.number), '[]')
        from serving.campaign_funnel as t
        where t.business = verdicts.business and t.campaign_id = verdicts.campaign_id
            and (%(arm)s::text is null or t.arm = %(arm)s)
    ),
    'balance', (
        select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' - 'campaign_id' order by t.covariate), '[]')
        from serving.campaign_balance as t
        where t.business = verdicts.business and t.campaign_id = verdicts.campaign_id
    ),
    'lift', (
        select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' - 'campaign_id' - 'channel'
                                 order by t.outcome, t.arm, t.segment), '[]')
        from (
            select * from serving.campaign_lift as lifts
            where lifts.business = verdicts.business and lifts.campaign_id = verdicts.campaign_id
                and (%(arm)s::text is null or lifts.arm = %(arm)s)
                and (%(segment)s::text is null or lifts.segment = %(segment)s)
                and (%(outcome)s::text is null or lifts.outcome = %(outcome)s)
            order by lifts.outcome, lifts.arm, lifts.segment limit %(most)s
        ) as t
    ),
    'credits', (
        select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' - 'campaign_id'
                                 order by t.model, t.channel, t.currency), '[]')
        from serving.campaign_credits as t
        where t.business = verdicts.business and t.campaign_id = verdicts.campaign_id
    )
)::text
from serving.campaign_verdicts as verdicts
where verdicts.business = %(business)s and verdicts.campaign_id = %(campaign)s
"""
CHANNELS = """
select json_build_object(
    'release', (select release_id from serving.releases where is_current),
    'performance', (
        select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' order by t.model, t.channel, t.currency), '[]')
        from serving.channel_performance as t
        where t.business = %(business)s and (%(model)s::text is null or t.model = %(model)s)
            and (%(channel)s::text is null or t.channel = %(channel)s)
    ),
    'increments', (
        select coalesce(json_agg(to_jsonb(t) - 'release_id' - 'business' order by t.channel, t.outcome, t.model), '[]')
        from serving.channel_increments as t
        where t.business = %(business)s and (%(model)s::text is null or t.model = %(model)s)
            and (%(channel)s::text is null or t.channel = %(channel)s)
    )
)::text
"""


@router.get("/campaigns", response_model=answers.Page, responses=problems.described(401, 403, 429, 503))
async def campaigns(request: Request, caller: Reader):
    """Show the campaigns that were judged: their groups, and whether these can be compared and why."""
    values = {"business": caller.business, "most": MOST}
    return document(await database.text(request.app.state.pool, CAMPAIGNS, values))


@router.get(
    "/campaigns/{campaign_id}",
    response_model=answers.CampaignResults,
    responses=problems.described(401, 403, 404, 422, 429, 503),
)
async def results(
    request: Request, campaign_id: Id, caller: Reader, arm: Word = None, segment: Word = None, outcome: Word = None
):
    """Show what a campaign did and caused: of all arms, segments and outcomes, or of those that are asked for."""
    values = {"business": caller.business, "campaign": campaign_id, "most": MOST}
    values |= {"arm": arm, "segment": segment, "outcome": outcome}
    text = await database.text(request.app.state.pool, RESULTS, values)
    if text is None:
        raise HTTPException(404, "no such campaign was judged in the current release: see /campaigns")
    return document(text)


@router.get("/channels", response_model=answers.ChannelResults, responses=problems.described(401, 403, 422, 429, 503))
async def channels(request: Request, caller: Reader, model: Word = None, channel: Word = None):
    """Show what each channel is credited with by each model of attribution, its cost, and what campaigns caused."""
    values = {"business": caller.business, "model": model, "channel": channel}
    return document(await database.text(request.app.state.pool, CHANNELS, values))
