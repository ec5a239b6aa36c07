with

lines as (

    select * from {{ ref('stg_shop__orders') }}

),

-- A loan costs nothing, so that it is no purchase.
shaped as (

    select
        business,
        'loan:' || order_id || ':' || line_id as interaction_id,
        customer_id,
        product_id,
        'Book Borrowed' as event,
        'orders' as counted_from,
        ordered_at as occurred_at,
        quantity
    from lines
    where business = 'library' and has_customer and not is_future

)

select * from shaped
