{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'source', 'user_agent'],
        meta={'touches': {'agent': 'user_agent'}},
        indexes=[
            {'columns': ['business', 'source', 'user_agent'], 'unique': True},
        ],
    )
}}

with

devices as (

    select * from {{ ref('int_devices__counted') }}

),

bot_user_agents as (

    select string_agg(pattern, '|') as pattern
    from {{ ref('bot_user_agents') }}

),

-- Few programs send many events: each is looked at once.
user_agents as (

    select
        business,
        source,
        user_agent,
        sum(page_count) as page_count
    from devices
    group by business, source, user_agent

),

shared as (

    select
        *,
        1.0 * sum(page_count) filter (where user_agent != '') over (partition by business, source)
        / nullif(sum(page_count) over (partition by business, source), 0) as named_share
    from user_agents

),

recognised as (

    select
        shared.business,
        shared.source,
        shared.user_agent,
        coalesce(shared.user_agent ~* bot_user_agents.pattern, false) as is_bot,
        shared.user_agent = ''
        and coalesce(shared.named_share >= {{ var("agent_is_usual_from") }}, false) as is_oddly_missing
    from shared
    cross join bot_user_agents

)

select * from recognised
