{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        full_refresh=false,
    )
}}

with

assignments as (

    select * from {{ ref('assignments') }}

),

campaigns as (

    select * from {{ ref('campaigns') }}

),

channel_words as (

    select * from {{ ref('channel_words') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

running as (

    select
        campaigns.business,
        campaigns.campaign_id,
        campaigns.channel,
        clocks.now_at
    from campaigns
    inner join clocks on campaigns.business = clocks.business
    where
        (clocks.now_at at time zone 'UTC')::date
        between campaigns.starts_on and coalesce(campaigns.ends_on, 'infinity')

),

drawn as (

    select
        -- ids
        assignments.business,
        assignments.campaign_id,
        assignments.customer_id,

        -- text
        assignments.arm,
        coalesce(channel_words.channel, initcap(running.channel)) as channel,

        -- numerics
        assignments.hold_out_share,
        {{ var('campaign_window_days') }} as window_days,

        -- booleans
        assignments.arm = 'hold_out' as is_control,

        -- timestamps
        running.now_at as contacted_at

    from assignments
    inner join running
        on
            assignments.business = running.business
            and assignments.campaign_id = running.campaign_id
            and assignments.is_measured
    left join channel_words on running.channel = channel_words.word

),

{% if is_incremental() %}

    known as (

        select
            business,
            campaign_id,
            customer_id
        from {{ this }}

    ),

    enrolments as (

        select drawn.*
        from drawn
        left join known
            on
                drawn.business = known.business
                and drawn.campaign_id = known.campaign_id
                and drawn.customer_id = known.customer_id
        where known.customer_id is null

    )

{% else %}

    enrolments as (

        select * from drawn

    )

{% endif %}

select * from enrolments
