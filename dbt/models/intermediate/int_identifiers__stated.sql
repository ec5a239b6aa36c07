{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'device_id', 'anonymous_id', 'user_id', 'previous_id', 'email'],
        meta={'touched_by': ['device', 'device_id']},
        indexes=[
            {'columns': ['business', 'device_id', 'anonymous_id', 'user_id', 'previous_id', 'email'], 'unique': True},
        ],
    )
}}

with

events as (

    select * from {{ ref('stg_shop__events') }}
    {{ touched('device', 'device_id') }}

),

bots as (

    select * from {{ ref('int_events__bot_flagged') }}
    {{ touched('device', 'device_id') }}

),

messages as (

    select
        events.business,
        events.device_id,
        events.anonymous_id,
        events.user_id,
        case when events.type = 'alias' then events.previous_id end as previous_id,
        encode(events.email_index, 'hex') as email,
        events.occurred_at
    from events
    left join bots on events.business = bots.business and events.message_id = bots.message_id
    where
        bots.message_id is null
        and not events.is_future

),

stated as (

    select
        business,
        device_id,
        anonymous_id,
        user_id,
        previous_id,
        email,
        min(occurred_at) as seen_at
    from messages
    where coalesce(user_id, previous_id, email) is not null
    group by business, device_id, anonymous_id, user_id, previous_id, email

)

select * from stated
