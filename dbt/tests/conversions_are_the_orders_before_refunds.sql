-- Purchases less the lines that their feed calls refunded are the orders' revenue. Rows are failures.
with

refunded as (

    select
        business,
        order_id,
        sum(quantity * unit_price) as revenue
    from {{ ref('stg_shop__orders') }}
    where is_refunded and quantity > 0 and is_priced and is_plausible and is_product and not is_future
    group by business, order_id

),

found as (

    select
        conversions.business,
        conversions.conversion_id,
        conversions.revenue - coalesce(refunded.revenue, 0) as revenue
    from {{ ref('conversions') }} as conversions
    left join refunded
        on
            conversions.business = refunded.business
            and conversions.conversion_id = 'order:' || refunded.order_id
    where conversions.kind = 'purchase'

),

expected as (

    select
        business,
        'order:' || order_id as conversion_id,
        revenue
    from {{ ref('orders') }}

)

select
    coalesce(found.business, expected.business) as business,
    coalesce(found.conversion_id, expected.conversion_id) as conversion_id
from found
full outer join expected
    on found.business = expected.business and found.conversion_id = expected.conversion_id
where coalesce(found.revenue, 0) != coalesce(expected.revenue, 0)
