-- The customers of a business spent what its orders with a customer brought. Rows are failures.
with

orders as (

    select
        business,
        count(*) filter (where line_count > 0) as order_count,
        sum(units) as units,
        sum(revenue) as revenue
    from {{ ref('orders') }}
    where customer_id is not null
    group by business
    having sum(line_count) > 0

),

customers as (

    select
        business,
        sum(order_count) as order_count,
        sum(units) as units,
        sum(revenue) as revenue
    from {{ ref('customers') }}
    group by business
    having sum(order_count) > 0

)

{{ differences_between('orders', 'customers') }}
