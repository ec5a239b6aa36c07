-- Counted again from staging: each kept line of a known customer is one purchase. Rows are failures.
with

lines as (

    select
        business,
        count(*) as purchases,
        sum(quantity) as units
    from {{ ref('order_lines') }}
    where customer_id is not null
    group by business

),

interactions as (

    select
        business,
        count(*) as purchases,
        sum(quantity) as units
    from {{ ref('interactions') }}
    where event = 'Order Completed'
    group by business

)

{{ differences_between('lines', 'interactions') }}
