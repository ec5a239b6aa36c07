with

customers as (

    select * from {{ ref('customers') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

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
    inner join permitted
        on customers.business = permitted.business and customers.customer_id = permitted.customer_id
    where
        customers.last_order_at >= clocks.now_at - '{{ var("recent_buyer_for") }}'::interval
        and permitted.may_email

)

select * from recent_buyers
