-- Counted again from order lines: who bought a product on n days repurchased it n - 1 times.
-- Rows are failures.
with

bought as (

    select distinct
        order_lines.business,
        order_lines.product_id,
        order_lines.customer_id,
        date_trunc('day', order_lines.ordered_at at time zone '{{ var("time_zone") }}') as bought_on
    from {{ ref('stg_shop__orders') }} as order_lines
    inner join {{ ref('int_customers__permitted') }} as permitted
        on order_lines.business = permitted.business and order_lines.customer_id = permitted.customer_id
    where
        order_lines.is_kept
        and permitted.may_analyse
        and {{
            if_built('repurchase_intervals', 'order_lines.product_id', 'order_lines.business')
            or 'true'
        }}

),

days as (

    select
        business,
        product_id,
        customer_id,
        count(*) as days
    from bought
    group by business, product_id, customer_id

),

expected as (

    select
        business,
        product_id,
        count(*) as buyers,
        count(*) filter (where days > 1) as repeat_buyers,
        sum(days - 1) as interval_count
    from days
    group by business, product_id
    having sum(days - 1) > 0

),

found as (

    select
        business,
        product_id,
        buyers,
        repeat_buyers,
        interval_count
    from {{ ref('repurchase_intervals') }}
    where {{ if_built('repurchase_intervals') or 'true' }}

)

{{ differences_between('expected', 'found') }}
