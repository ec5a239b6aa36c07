{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'message_id'],
        meta={'touched_by': ['device', 'device_id'], 'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'message_id'], 'unique': True},
            {'columns': ['business', 'device_id']},
            {'columns': ['business', 'customer_id']},
            {'columns': ['business', 'occurred_at']},
            {'columns': ['event']},
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

identities as (

    select * from {{ ref('int_identities__linked') }}

),

attributed as (

    select
        events.business,
        events.message_id,
        events.device_id,
        events.anonymous_id,
        coalesce(events.user_id, identities.customer_id) as customer_id,
        events.type,
        events.event,
        events.page_path,
        events.page_host,
        events.referrer_host,
        events.utm_source,
        events.utm_medium,
        events.utm_campaign,
        events.device_type,
        events.properties,
        events.occurred_at
    from events
    left join identities
        on
            events.business = identities.business
            and events.anonymous_id = identities.anonymous_id
    left join bots on events.business = bots.business and events.message_id = bots.message_id
    where
        bots.message_id is null
        and not events.is_future

)

select * from attributed
