with

holdings as (

    select * from {{ ref('int_product_holdings__held') }}

),

opened as (

    select
        business,
        'holding:' || kind || ':' || holding_id || ':' || customer_id as interaction_id,
        customer_id,
        product_id,
        'Product Opened' as event,
        'holdings' as counted_from,
        opened_at as occurred_at,
        1::numeric as quantity
    from holdings
    where
        customer_id is not null
        and product_id is not null
        and opened_at <= loaded_at + '{{ var("movement_may_be_ahead") }}'::interval

)

select * from opened
