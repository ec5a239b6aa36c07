{{
    config(
        tags=['campaign', 'learned'],
        indexes=[{'columns': ['business', 'attribute', 'of_value', 'customer_id']}],
    )
}}

with

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

interactions as (

    select * from {{ ref('interactions') }}

),

counted as (

    select
        interactions.business,
        interactions.customer_id,
        interactions.event,
        count(*) as times
    from interactions
    inner join clocks on interactions.business = clocks.business
    where interactions.occurred_at > clocks.now_at - interval '30 days'
    group by interactions.business, interactions.customer_id, interactions.event

),

added as (

    select
        business,
        customer_id,
        'in_segment' as attribute,
        segment_id as of_value,
        'true' as text_value,
        null::numeric as number_value
    from {{ ref('int_customers__segmented') }}
    union all
    select
        business,
        customer_id,
        'times_30_days' as attribute,
        event as of_value,
        times::text as text_value,
        times as number_value
    from counted
    union all
    select
        business,
        customer_id,
        'recommended_rank' as attribute,
        product_id as of_value,
        rank::text as text_value,
        rank as number_value
    from {{ source('ml', 'recommendations') }}
    union all
    select
        scores.business,
        scores.customer_id,
        score.attribute,
        null as of_value,
        score.value::text as text_value,
        score.value::numeric as number_value
    from {{ source('ml', 'uplift_scores') }} as scores
    cross join lateral (
        values ('uplift', scores.uplift), ('response', scores.response)
    ) as score (attribute, value)

),

targetable as (

    select
        business,
        customer_id,
        attribute,
        of_value,
        text_value,
        number_value
    from {{ ref('int_customers__characterised') }}
    union all
    select
        added.business,
        added.customer_id,
        added.attribute,
        added.of_value,
        added.text_value,
        added.number_value
    from added
    inner join permitted
        on added.business = permitted.business and added.customer_id = permitted.customer_id

)

select * from targetable
