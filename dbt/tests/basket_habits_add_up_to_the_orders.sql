-- Counted again from orders: average times number gives back what the orders brought. Rows are failures.
with

expected as (

    select
        orders.business,
        orders.customer_id,
        count(*) as order_count,
        round(sum(orders.revenue), 2) as revenue,
        sum(orders.units) as units
    from {{ ref('orders') }} as orders
    inner join {{ ref('int_customers__permitted') }} as permitted
        on orders.business = permitted.business and orders.customer_id = permitted.customer_id
    where orders.line_count > 0 and permitted.may_analyse
    group by orders.business, orders.customer_id

),

found as (

    select
        business,
        customer_id,
        order_count,
        round(average_order_value * order_count, 2) as revenue,
        round((units_per_order * order_count)::numeric, 6) as units
    from {{ ref('basket_habits') }}

)

{{ differences_between('expected', 'found') }}
