{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'journey_id', 'number'],
        meta={'touched_by': ['customer', 'customer_id'], 'touches': {'conversion': 'journey_id'}},
        indexes=[
            {'columns': ['business', 'journey_id', 'number'], 'unique': True},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
    )
}}

with

conversions as (

    select * from {{ ref('conversions') }}
    where kind != 'refund'
    {{ touched('customer', 'customer_id', 'and') }}

),

touches as (

    select
        business,
        touch_id,
        customer_id,
        channel,
        campaign_id,
        touched_at
    from {{ ref('touches') }}
    where is_credited
    {{ touched('customer', 'customer_id', 'and') }}

),

led as (

    select
        conversions.business,
        conversions.conversion_id as journey_id,
        true as has_converted,
        touches.touch_id,
        touches.customer_id,
        touches.channel,
        touches.campaign_id,
        touches.touched_at,
        extract(epoch from conversions.converted_at - touches.touched_at)::double precision
            as seconds_before
    from conversions
    inner join touches
        on
            conversions.business = touches.business
            and conversions.customer_id = touches.customer_id
            and conversions.converted_at >= touches.touched_at
            and conversions.converted_at < touches.touched_at + '{{ var("attribution_window") }}'::interval

),

led_touches as (

    select distinct
        business,
        touch_id
    from led

),

-- What led nowhere tells how well a channel works too.
open as (

    select
        touches.business,
        'open:' || touches.customer_id as journey_id,
        false as has_converted,
        touches.touch_id,
        touches.customer_id,
        touches.channel,
        touches.campaign_id,
        touches.touched_at,
        null::double precision as seconds_before
    from touches
    left join led_touches
        on touches.business = led_touches.business and touches.touch_id = led_touches.touch_id
    where led_touches.touch_id is null

),

united as (

    select * from led
    union all
    select * from open

),

journeys as (

    select
        -- ids
        business,
        journey_id,
        touch_id,
        customer_id,
        campaign_id,

        -- text
        channel,

        -- numerics
        (
            row_number() over (partition by business, journey_id order by touched_at, touch_id)
        )::integer as number,
        (count(*) over (partition by business, journey_id))::integer as touch_count,
        seconds_before,

        -- booleans
        has_converted,

        -- timestamps
        touched_at

    from united

)

select * from journeys
