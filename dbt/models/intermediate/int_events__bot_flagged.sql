{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'message_id'],
        meta={'touched_by': ['device', 'device_id']},
        indexes=[
            {'columns': ['business', 'message_id'], 'unique': True},
            {'columns': ['business', 'device_id']},
        ],
        pre_hook="{{ touch_devices_of_agents() }}",
    )
}}

with

events as (

    select * from {{ ref('stg_shop__events') }}
    {{ touched('device', 'device_id') }}

),

user_agents as (

    select * from {{ ref('int_user_agents__recognised') }}

),

devices as (

    select * from {{ ref('int_devices__judged') }}

),

judged as (

    select
        events.business,
        events.message_id,
        events.device_id,
        case
            when user_agents.is_bot then 'user agent of a program'
            when user_agents.is_oddly_missing and events.type = 'page' then 'no user agent'
            when devices.has_asked_for_bots_files then 'asks for files that people never see'
            when devices.is_too_fast then 'faster than a person'
            when devices.is_too_steady then 'steadier than a person'
            when devices.is_harvesting then 'looks at many products and does nothing else'
            when devices.is_ordering_unseen then 'orders without ever looking'
        end as bot_reason
    from events
    inner join user_agents
        on
            events.business = user_agents.business
            and events.source = user_agents.source
            and coalesce(events.user_agent, '') = user_agents.user_agent
    left join devices
        on
            events.business = devices.business
            and events.device_id = devices.device_id
            and coalesce(events.user_agent, '') = devices.user_agent

),

flagged as (

    select * from judged
    where bot_reason is not null

)

select * from flagged
