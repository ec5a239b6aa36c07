{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'campaign_id', 'customer_id'],
        meta={'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'campaign_id', 'customer_id'], 'unique': True},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
    )
}}

with

reported as (

    select * from {{ ref('stg_marketing__campaign_contacts') }}

),

customers as (

    select * from {{ ref('customers') }}

),

campaigns_elsewhere as (

    select * from {{ ref('campaigns_elsewhere') }}

),

channel_words as (

    select * from {{ ref('channel_words') }}

),

-- The first contact decides: whoever was contacted once is no control any more, and is never judged twice.
decided as (

    select distinct on (business, campaign_id, customer_id)
        business,
        campaign_id,
        customer_id,
        arm,
        is_control,
        channel,
        contacted_at
    from reported
    order by business asc, campaign_id asc, customer_id asc, is_control asc, contacted_at asc, arm asc

),

begun as (

    select
        business,
        campaign_id,
        min(contacted_at) as begun_at,
        min(channel) as channel
    from decided
    where not is_control
    group by business, campaign_id

),

-- Where a campaign held nobody out, all others that the business had stand beside those it contacted.
left_alone as (

    select
        begun.business,
        begun.campaign_id,
        customers.customer_id,
        'not_contacted' as arm,
        true as is_control,
        begun.channel,
        begun.begun_at as contacted_at
    from begun
    inner join campaigns_elsewhere
        on
            begun.business = campaigns_elsewhere.business
            and begun.campaign_id = campaigns_elsewhere.campaign_id
            and campaigns_elsewhere.compared_with = 'everyone_else'
    inner join customers on begun.business = customers.business
    left join decided
        on
            begun.business = decided.business
            and begun.campaign_id = decided.campaign_id
            and customers.customer_id = decided.customer_id
    where decided.customer_id is null

),

united as (

    select * from decided
    union all
    select * from left_alone

),

contacts as (

    select
        -- ids
        united.business,
        united.campaign_id,
        united.customer_id,

        -- text
        united.arm,
        coalesce(channel_words.channel, initcap(united.channel), 'Unassigned') as channel,

        -- numerics
        campaigns_elsewhere.hold_out_share,
        coalesce(campaigns_elsewhere.window_days, {{ var('campaign_window_days') }}) as window_days,

        -- booleans
        united.is_control,
        coalesce(channel_words.is_heard_back, true) as is_heard_back,

        -- timestamps
        united.contacted_at

    from united
    left join channel_words on united.channel = channel_words.word
    left join campaigns_elsewhere
        on
            united.business = campaigns_elsewhere.business
            and united.campaign_id = campaigns_elsewhere.campaign_id

)

select * from contacts
