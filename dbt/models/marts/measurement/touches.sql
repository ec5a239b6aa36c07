{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'touch_id'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'touch_id'], 'unique': True},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
    )
}}

with

sessions as (

    select * from {{ ref('sessions') }}
    {{ touched('customer', 'customer_id') }}

),

email_events as (

    select * from {{ ref('int_email_events__attributed') }}
    {{ touched('customer', 'customer_id') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}
    {{ touched('customer', 'customer_id') }}

),

contacts as (

    select * from {{ ref('contacts') }}
    {{ touched('customer', 'customer_id') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

touch_events as (

    select * from {{ ref('touch_events') }}

),

channel_words as (

    select * from {{ ref('channel_words') }}

),

codes as (

    select * from {{ source('activation', 'codes') }}

),

visited as (

    select
        business,
        'visit:' || session_id as touch_id,
        customer_id,
        'visit' as kind,
        channel,
        campaign as campaign_id,
        null as recommendation_id,
        null::integer as position,
        true as is_credited,
        started_at as touched_at
    from sessions
    where customer_id is not null

),

mailed as (

    select
        email_events.business,
        'email:' || email_events.event_id as touch_id,
        email_events.customer_id,
        touch_events.kind,
        'Email' as channel,
        email_events.campaign_id,
        null as recommendation_id,
        null::integer as position,
        touch_events.is_credited,
        email_events.occurred_at as touched_at
    from email_events
    inner join touch_events on email_events.event = touch_events.event

),

named as (

    select
        events.*,
        touch_events.kind,
        touch_events.is_credited,
        coalesce(
            nullif(trim(events.properties ->> 'campaign_id'), ''),
            nullif(trim(events.properties ->> 'promotion_id'), ''),
            codes.campaign_id
        ) as campaign_id,
        nullif(trim(events.properties ->> 'recommendation_id'), '') as recommendation_id,
        coalesce(lower(trim(events.properties ->> 'channel')), codes.channel) as channel_word
    from events
    inner join touch_events on events.event = touch_events.event
    left join codes
        on
            events.business = codes.business
            and upper(trim(events.properties ->> 'coupon_id')) = codes.code
    where events.customer_id is not null

),

seen as (

    select
        named.business,
        'event:' || named.message_id as touch_id,
        named.customer_id,
        named.kind,
        coalesce(channel_words.channel, 'Site') as channel,
        named.campaign_id,
        named.recommendation_id,
        case
            when named.properties ->> 'position' ~ '^\d{1,6}$' then (named.properties ->> 'position')::integer
        end as position,
        named.is_credited,
        named.occurred_at as touched_at
    from named
    left join channel_words on named.channel_word = channel_words.word
    where coalesce(named.campaign_id, named.recommendation_id) is not null

),

contacted as (

    select
        contacts.business,
        'contact:' || contacts.campaign_id || ':' || contacts.customer_id as touch_id,
        contacts.customer_id,
        'contact' as kind,
        contacts.channel,
        contacts.campaign_id,
        null as recommendation_id,
        null::integer as position,
        not contacts.is_heard_back as is_credited,
        contacts.contacted_at as touched_at
    from contacts
    where not contacts.is_control

),

united as (

    select * from visited
    union all
    select * from mailed
    union all
    select * from seen
    union all
    select * from contacted

),

-- A click and the visit that it leads to are one touch.
compared as (

    select
        united.*,
        coalesce(
            united.touched_at - lag(united.touched_at) over (
                partition by
                    united.business,
                    united.customer_id,
                    united.channel,
                    united.campaign_id,
                    united.is_credited
                order by united.touched_at, united.touch_id
            ) <= '{{ var("session_ends_after") }}'::interval,
            false
        ) as is_repeat
    from united
    inner join permitted
        on united.business = permitted.business and united.customer_id = permitted.customer_id

),

touches as (

    select
        -- ids
        business,
        touch_id,
        customer_id,
        campaign_id,
        recommendation_id,

        -- text
        kind,
        channel,

        -- numerics
        position,

        -- booleans
        is_credited and not is_repeat as is_credited,

        -- timestamps
        touched_at

    from compared

)

select * from touches
