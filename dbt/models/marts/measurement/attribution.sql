{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'model', 'conversion_id', 'touch_id'],
        meta={'touched_by': ['conversion', 'of_conversion_id']},
        indexes=[
            {'columns': ['business', 'model', 'conversion_id', 'touch_id'], 'unique': True},
            {'columns': ['business', 'of_conversion_id']},
        ],
        on_schema_change='fail',
    )
}}

{%- set journey = 'business, journey_id' %}
with

conversions as (

    select * from {{ ref('conversions') }}
    {{ touched('conversion', 'of_conversion_id') }}

),

journeys as (

    select * from {{ ref('journeys') }}
    where has_converted
    {{ touched('conversion', 'journey_id', 'and') }}

),

-- Numeric weights: their sums have no order. The last touch weighs 1, so that no journey fades to nothing.
weighed as (

    select
        *,
        max(number) filter (where channel != 'Direct') over (partition by {{ journey }})
            as last_not_direct,
        round(
            power(
                0.5::double precision,
                (seconds_before - min(seconds_before) over (partition by {{ journey }}))
                / extract(epoch from '{{ var("attribution_half_life") }}'::interval)::double precision
            )::numeric,
            12
        ) as freshness,
        1.0 / count(*) over (partition by {{ journey }}, channel) as share_of_channel
    from journeys

),

summed as (

    select
        *,
        sum(freshness) over so_far as freshness_so_far,
        sum(freshness) over (partition by {{ journey }}) as freshness_in_all,
        sum(share_of_channel) over so_far as channels_so_far,
        round(sum(share_of_channel) over (partition by {{ journey }}))
            as channels_in_all
    from weighed
    window so_far as (partition by {{ journey }} order by number)

),

-- How much of the credit each model has given away after a touch. Credits are differences of rounded running
-- totals, of which the last is 1: so they add up to the conversion exactly.
running as (

    select
        *,
        case when number = touch_count then 1 else round(number::numeric / touch_count, 9) end as linear,
        case
            when number = touch_count then 1
            when touch_count = 2 then 0.5
            else round(0.4 + 0.2 * (number - 1) / (touch_count - 2), 9)
        end as position_based,
        case when number = touch_count then 1 else round(freshness_so_far / freshness_in_all, 9) end
            as time_decay,
        case when number = touch_count then 1 else round(channels_so_far / channels_in_all, 9) end as shapley
    from summed

),

stepped as (

    select
        *,
        lag(linear, 1, 0) over in_order as linear_before,
        lag(position_based, 1, 0) over in_order as position_based_before,
        lag(time_decay, 1, 0) over in_order as time_decay_before,
        lag(shapley, 1, 0) over in_order as shapley_before
    from running
    window in_order as (partition by {{ journey }} order by number)

),

shared as (

    select
        stepped.business,
        stepped.journey_id,
        stepped.touch_id,
        stepped.channel,
        stepped.campaign_id,
        shares.model,
        shares.share_before,
        shares.share_until
    from stepped
    cross join
        lateral (
            values
            ('first', 0::numeric, case when stepped.number = 1 then 1 else 0 end::numeric),
            ('last', 0, case when stepped.number = stepped.touch_count then 1 else 0 end),
            (
                'last_not_direct', 0,
                case
                    when stepped.number = coalesce(stepped.last_not_direct, stepped.touch_count) then 1 else 0
                end
            ),
            ('linear', stepped.linear_before, stepped.linear),
            ('position_based', stepped.position_based_before, stepped.position_based),
            ('time_decay', stepped.time_decay_before, stepped.time_decay),
            ('shapley', stepped.shapley_before, stepped.shapley)
        ) as shares (model, share_before, share_until)
    where shares.share_until > shares.share_before

),

-- What no touch led to is credited to none, in every model.
untouched as (

    select
        conversions.business,
        conversions.conversion_id as journey_id,
        '' as touch_id,
        '(none)' as channel,
        null as campaign_id,
        models.model,
        0::numeric as share_before,
        1::numeric as share_until
    from conversions
    left join journeys
        on
            conversions.business = journeys.business
            and conversions.conversion_id = journeys.journey_id
            and journeys.number = 1
    cross join (
        values
        ('first'), ('last'), ('last_not_direct'), ('linear'), ('position_based'), ('time_decay'), ('shapley')
    ) as models (model)
    where conversions.kind != 'refund' and journeys.journey_id is null

),

credited as (

    select * from shared
    union all
    select * from untouched

),

-- A refund takes back what its purchase was credited with.
attribution as (

    select
        -- ids
        conversions.business,
        credited.model,
        conversions.conversion_id,
        conversions.of_conversion_id,
        credited.touch_id,
        conversions.customer_id,
        credited.campaign_id,

        -- text
        credited.channel,
        conversions.currency,

        -- numerics
        trim_scale(
            conversions.conversions * (credited.share_until - credited.share_before)
        ) as conversions,
        trim_scale(
            case
                when credited.share_until = 1 then conversions.revenue
                else round(conversions.revenue * credited.share_until, 4)
            end - round(conversions.revenue * credited.share_before, 4)
        ) as revenue,

        -- timestamps
        conversions.converted_at

    from conversions
    inner join credited
        on
            conversions.business = credited.business
            and conversions.of_conversion_id = credited.journey_id

)

select * from attribution
