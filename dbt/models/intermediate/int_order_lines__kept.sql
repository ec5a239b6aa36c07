with

order_lines as (

    select * from {{ ref('stg_shop__orders') }}

),

kept as (

    select
        business,
        order_id,
        line_id,
        customer_id,
        product_id,
        product_name,
        quantity,
        unit_price,
        currency,
        ordered_at
    from order_lines
    where is_kept

)

select * from kept
