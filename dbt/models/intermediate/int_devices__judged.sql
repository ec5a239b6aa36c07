{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'device_id', 'user_agent'],
        meta={'touched_by': ['device', 'device_id']},
        indexes=[
            {'columns': ['business', 'device_id', 'user_agent'], 'unique': True},
        ],
    )
}}

{%- set device = 'business, device_id, user_agent' %}
with

events as (

    select
        business,
        device_id,
        coalesce(user_agent, '') as user_agent,
        type,
        event,
        page_path,
        coalesce(
            properties ->> 'product_id',
            properties ->> 'sku',
            properties ->> 'item_id',
            properties #>> '{items,0,item_id}',
            properties #>> '{products,0,product_id}'
        ) as product_id,
        device_occurred_at
    from {{ ref('stg_shop__events') }}
    {{ touched('device', 'device_id') }}

),

event_steps as (

    select * from {{ ref('event_steps') }}

),

bot_paths as (

    select string_agg(pattern, '|') as pattern
    from {{ ref('bot_paths') }}

),

steps as (

    select
        events.business,
        events.device_id,
        events.user_agent,
        events.device_occurred_at,
        events.product_id is not null as is_about_product,
        coalesce(events.type = 'page' and events.page_path ~* bot_paths.pattern, false) as is_for_bots,
        case
            when events.type not in ('page', 'screen') then event_steps.step
            when events.page_path ~* '{{ var("page_part") }}' then 'part'
            else 'look'
        end as step,
        coalesce(events.product_id, events.page_path, '') as thing
    from events
    cross join bot_paths
    left join event_steps on events.event = event_steps.event
    where events.device_id != ''

),

looks as (

    select
        *,
        lag(thing) over (partition by {{ device }} order by device_occurred_at, thing) as thing_before
    from steps
    where step = 'look'

),

-- Looking again at the same is a reload, by hand or by the page itself.
moves as (

    select
        {{ device }},
        device_occurred_at - lag(device_occurred_at, {{ var("looks_of_a_burst") }} - 1) over (
            partition by {{ device }} order by device_occurred_at, thing
        ) as burst_time,
        extract(epoch from device_occurred_at - lag(device_occurred_at) over (
            partition by {{ device }} order by device_occurred_at, thing
        )) as pause_seconds
    from looks
    where thing is distinct from thing_before

),

bursts as (

    select
        {{ device }},
        min(burst_time) as fastest_burst
    from moves
    group by {{ device }}

),

beats as (

    select
        {{ device }},
        count(*) as pauses,
        percentile_cont(array[0.05, 0.5, 0.95]) within group (order by pause_seconds) as pause_seconds
    from moves
    where pause_seconds <= extract(epoch from '{{ var("session_ends_after") }}'::interval)
    group by {{ device }}

),

days as (

    select
        {{ device }},
        count(*) as events,
        count(*) filter (where step = 'look' and is_about_product) as product_looks,
        count(distinct thing) filter (where step = 'look' and is_about_product) as products,
        count(*) filter (where step in ('cart', 'order')) as purchases,
        bool_or(is_for_bots) as asked_for_bots_files
    from steps
    group by {{ device }}, date_trunc('day', device_occurred_at, 'UTC')

),

lives as (

    select
        {{ device }},
        sum(events) as event_count,
        sum(product_looks) as product_looks,
        max(products) as products_of_a_day,
        sum(purchases) as purchases,
        bool_or(asked_for_bots_files) as asked_for_bots_files
    from days
    group by {{ device }}

),

judged as (

    select
        lives.business,
        lives.device_id,
        lives.user_agent,
        lives.event_count,
        lives.asked_for_bots_files as has_asked_for_bots_files,
        coalesce(bursts.fastest_burst <= '{{ var("burst_takes_a_person") }}'::interval, false) as is_too_fast,
        coalesce(
            beats.pauses >= {{ var("pauses_of_a_beat") }}
            and beats.pause_seconds[2] > 0
            and beats.pause_seconds[3] - beats.pause_seconds[1]
            <= {{ var("beat_may_vary_by") }} * beats.pause_seconds[2],
            false
        ) as is_too_steady,
        lives.product_looks = lives.event_count
        and lives.products_of_a_day >= {{ var("products_of_a_harvest") }} as is_harvesting,
        lives.purchases = lives.event_count
        and lives.event_count >= {{ var("orders_unseen") }}
        and lives.user_agent != '' as is_ordering_unseen
    from lives
    left join bursts
        on
            lives.business = bursts.business
            and lives.device_id = bursts.device_id
            and lives.user_agent = bursts.user_agent
    left join beats
        on
            lives.business = beats.business
            and lives.device_id = beats.device_id
            and lives.user_agent = beats.user_agent

)

select * from judged
