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
        pre_hook="{{ touch_devices_of_customers() }}",
    )
}}

{%- set visitor = 'business, visitor_id' %}
with

events as (

    select * from {{ ref('int_events__attributed') }}
    {{ touched('device', 'device_id') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

),

messages as (

    select
        events.business,
        events.message_id,
        events.device_id,
        coalesce('device:' || events.anonymous_id, 'customer:' || events.customer_id) as visitor_id,
        events.customer_id,
        events.occurred_at,
        case
            when coalesce(events.utm_source, events.utm_medium, events.utm_campaign) is not null
                then jsonb_build_array(events.utm_source, events.utm_medium, events.utm_campaign)
        end as campaign
    from events
    left join permitted
        on events.business = permitted.business and events.customer_id = permitted.customer_id
    where
        coalesce(events.anonymous_id, events.customer_id) is not null
        and (events.customer_id is null or permitted.may_analyse)

),

paused as (

    select
        *,
        coalesce(
            occurred_at - lag(occurred_at) over (partition by {{ visitor }} order by occurred_at, message_id)
            > '{{ var("session_ends_after") }}'::interval,
            true
        ) as is_after_pause
    from messages

),

stretched as (

    select
        *,
        count(*) filter (where is_after_pause) over (
            partition by {{ visitor }} order by occurred_at, message_id
        ) as stretch
    from paused

),

-- Messages without a campaign go on with that of the session, and those without a customer with its customer.
compared as (

    select
        *,
        lag(campaign) over (
            partition by {{ visitor }}, stretch, campaign is null order by occurred_at, message_id
        ) as campaign_before,
        lag(customer_id) over (
            partition by {{ visitor }}, stretch, customer_id is null order by occurred_at, message_id
        ) as customer_before
    from stretched

),

begun as (

    select
        *,
        is_after_pause
        or (campaign is not null and campaign is distinct from campaign_before)
        or coalesce(customer_id != customer_before, false) as is_entry
    from compared

),

numbered as (

    select
        *,
        count(*) filter (where is_entry) over (
            partition by {{ visitor }} order by occurred_at, message_id
        ) as number
    from begun

),

sessioned as (

    select
        business,
        message_id,
        device_id,
        first_value(message_id) over (
            partition by {{ visitor }}, number order by occurred_at, message_id
        ) as session_id,
        is_entry
    from numbered

)

select * from sessioned
