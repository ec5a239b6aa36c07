{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'session_id'],
        meta={'touched_by': ['device', 'coalesce(anonymous_id, customer_id)'], 'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'session_id'], 'unique': True},
            {'columns': ['business', 'coalesce(anonymous_id, customer_id)']},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
    )
}}

with

events as (

    select * from {{ ref('int_events__attributed') }}
    {{ touched('device', 'device_id') }}

),

sessioned as (

    select * from {{ ref('int_events__sessioned') }}
    {{ touched('device', 'device_id') }}

),

source_categories as (

    select * from {{ ref('source_categories') }}

),

unwanted_referrals as (

    select * from {{ ref('unwanted_referrals') }}

),

-- A session has one campaign and one customer at most.
grouped as (

    select
        sessioned.business,
        sessioned.session_id,
        max(events.anonymous_id) as anonymous_id,
        max(events.customer_id) as customer_id,
        min(events.occurred_at) as started_at,
        max(events.occurred_at) as ended_at,
        count(*) as event_count,
        count(*) filter (
            where events.type in ('page', 'screen') or events.event in ('page_view', 'screen_view')
        ) as page_view_count,
        (
            array_agg(events.page_path order by events.occurred_at, events.message_id)
            filter (where events.page_path is not null)
        )[1] as landing_page_path,
        (
            array_agg(events.device_type order by events.occurred_at, events.message_id)
            filter (where events.device_type is not null)
        )[1] as device_type,
        max(events.page_host) filter (where sessioned.is_entry) as page_host,
        max(regexp_replace(events.referrer_host, '^www\.', '')) filter (where sessioned.is_entry)
            as referrer_host,
        max(events.utm_source) as utm_source,
        max(events.utm_medium) as utm_medium,
        max(events.utm_campaign) as utm_campaign,
        bool_or(coalesce(events.utm_source, events.utm_medium, events.utm_campaign) is not null)
            as has_campaign
    from events
    inner join sessioned
        on events.business = sessioned.business and events.message_id = sessioned.message_id
    group by sessioned.business, sessioned.session_id

),

referrers as (

    select distinct
        business,
        page_host,
        referrer_host
    from grouped
    where not has_campaign and referrer_host is not null

),

wanted_referrers as (

    select
        referrers.business,
        referrers.page_host,
        referrers.referrer_host
    from referrers
    left join unwanted_referrals
        on
            unwanted_referrals.business in ('*', referrers.business)
            and '.' || referrers.referrer_host like '%.' || unwanted_referrals.domain
    where
        unwanted_referrals.domain is null
        and referrers.referrer_host is distinct from regexp_replace(referrers.page_host, '^www\.', '')
    group by referrers.business, referrers.page_host, referrers.referrer_host

),

sourced as (

    select
        grouped.*,
        case
            when grouped.has_campaign then coalesce(grouped.utm_source, '(not set)')
            else coalesce(wanted_referrers.referrer_host, '(direct)')
        end as source,
        wanted_referrers.referrer_host is not null as is_referred
    from grouped
    left join wanted_referrers
        on
            not grouped.has_campaign
            and grouped.business = wanted_referrers.business
            and grouped.page_host is not distinct from wanted_referrers.page_host
            and grouped.referrer_host = wanted_referrers.referrer_host

),

-- Few sources bring many sessions: each is looked at once.
categories as (

    select distinct on (sources.source)
        sources.source,
        source_categories.category
    from (select distinct source from sourced) as sources
    inner join source_categories on sources.source ~ source_categories.pattern
    order by sources.source asc, length(source_categories.pattern) desc, source_categories.pattern asc

),

entered as (

    select
        sourced.*,
        categories.category,
        case
            when sourced.has_campaign then coalesce(sourced.utm_medium, '(not set)')
            when not sourced.is_referred then '(none)'
            when categories.category = 'search' then 'organic'
            else 'referral'
        end as medium
    from sourced
    left join categories on sourced.source = categories.source

),

sessions as (

    select
        -- ids
        business,
        session_id,
        anonymous_id,
        customer_id,

        -- entry
        source,
        medium,
        utm_campaign as campaign,
        {{ default_channel_group('source', 'medium', 'lower(utm_campaign)', 'category') }} as channel,
        landing_page_path,
        device_type,

        -- behaviour
        event_count,
        page_view_count,
        started_at,
        ended_at

    from entered

)

select * from sessions
