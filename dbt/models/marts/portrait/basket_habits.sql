{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'customer_id'], 'unique': True},
        ],
        on_schema_change='fail',
    )
}}

with

order_lines as (

    select * from {{ ref('order_lines') }}
    {{ touched('customer', 'customer_id') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

),

items as (

    select
        order_lines.business,
        order_lines.customer_id,
        order_lines.order_id,
        order_lines.product_id,
        min(order_lines.ordered_at) as ordered_at,
        sum(order_lines.quantity) as units,
        sum(order_lines.quantity * order_lines.unit_price) as revenue
    from order_lines
    inner join permitted
        on order_lines.business = permitted.business and order_lines.customer_id = permitted.customer_id
    where permitted.may_analyse
    group by order_lines.business, order_lines.customer_id, order_lines.order_id, order_lines.product_id

),

repeated as (

    select
        *,
        ordered_at > min(ordered_at) over (
            partition by business, customer_id, product_id
        ) as is_repeat
    from items

),

baskets as (

    select
        business,
        customer_id,
        order_id,
        min(ordered_at) as ordered_at,
        count(*) as products,
        count(*) filter (where is_repeat) as repeated_products,
        sum(units) as units,
        sum(revenue) as revenue
    from repeated
    group by business, customer_id, order_id

),

spaced as (

    select
        *,
        extract(
            epoch from ordered_at - lag(ordered_at) over (
                partition by business, customer_id order by ordered_at, order_id
            )
        ) / 86400.0 as days_since_last,
        extract(isodow from ordered_at at time zone '{{ var("time_zone") }}')::integer as weekday
    from baskets

),

habits as (

    select
        business,
        customer_id,
        count(*) as order_count,
        avg(products)::double precision as products_per_order,
        avg(units)::double precision as units_per_order,
        avg(revenue) as average_order_value,
        percentile_cont(0.5) within group (order by revenue) as median_order_value,
        percentile_cont(0.5) within group (order by days_since_last) as median_days_between_orders,
        (sum(repeated_products) / sum(products))::double precision as repeated_product_rate,
        mode() within group (order by weekday) as usual_weekday
    from spaced
    group by business, customer_id

)

select * from habits
