{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'product_id'],
        meta={'touched_by': ['product sold', 'product_id']},
        indexes=[
            {'columns': ['business', 'product_id'], 'unique': True},
        ],
        pre_hook="{{ touch_products_of_customers() }}",
        on_schema_change='fail',
    )
}}

with

order_lines as (

    select * from {{ ref('order_lines') }}
    {{ touched('product sold', 'product_id') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

),

days as (

    select distinct
        order_lines.business,
        order_lines.product_id,
        order_lines.customer_id,
        (order_lines.ordered_at at time zone '{{ var("time_zone") }}')::date as bought_on
    from order_lines
    inner join permitted
        on order_lines.business = permitted.business and order_lines.customer_id = permitted.customer_id
    where permitted.may_analyse

),

gaps as (

    select
        *,
        bought_on - lag(bought_on) over (
            partition by business, product_id, customer_id order by bought_on
        ) as gap_days
    from days

),

intervals as (

    select
        business,
        product_id,
        count(distinct customer_id) as buyers,
        count(distinct customer_id) filter (where gap_days is not null) as repeat_buyers,
        count(gap_days) as interval_count,
        percentile_cont(0.25) within group (order by gap_days) as lower_quartile_days,
        percentile_cont(0.5) within group (order by gap_days) as median_days,
        percentile_cont(0.75) within group (order by gap_days) as upper_quartile_days
    from gaps
    group by business, product_id
    having count(gap_days) > 0

)

select * from intervals
