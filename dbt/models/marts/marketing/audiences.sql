with

customers as (

    select * from {{ ref('customers') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

recent_buyers as (

    select
        customers.business,
        'recent_buyers' as audience_id,
        customers.customer_id
    from customers
    inner join clocks on customers.business = clocks.business
    where
        customers.last_order_at >= clocks.now_at - '{{ var("recent_buyer_for") }}'::interval
        and customers.may_email is not false

)

select * from recent_buyers
