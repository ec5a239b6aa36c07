{%- set visitor = 'business, visitor_id' %}
with

events as (

    select
        business,
        message_id,
        coalesce('device:' || anonymous_id, 'customer:' || customer_id) as visitor_id,
        customer_id,
        occurred_at,
        case
            when coalesce(utm_source, utm_medium, utm_campaign) is not null
                then jsonb_build_array(utm_source, utm_medium, utm_campaign)
        end as campaign
    from {{ ref('int_events__attributed') }}
    where coalesce(anonymous_id, customer_id) is not null

),

paused as (

    select
        *,
        coalesce(
            occurred_at - lag(occurred_at) over (partition by {{ visitor }} order by occurred_at, message_id)
            > '{{ var("session_ends_after") }}'::interval,
            true
        ) as is_after_pause
    from events

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
        first_value(message_id) over (
            partition by {{ visitor }}, number order by occurred_at, message_id
        ) as session_id,
        is_entry
    from numbered

)

select * from sessioned
