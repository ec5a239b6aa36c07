-- Counted again from raw: the orders of a business bring what its kept lines bring. Rows are failures.
with

lines as (

    select
        business,
        count(*) as line_count,
        sum(quantity) as units,
        sum(quantity * unit_price) as revenue
    from {{ ref('order_lines') }}
    group by business

),

orders as (

    select
        business,
        sum(line_count) as line_count,
        sum(units) as units,
        sum(revenue) as revenue
    from {{ ref('orders') }}
    group by business
    having sum(line_count) > 0

)

{{ differences_between('orders', 'lines') }}
