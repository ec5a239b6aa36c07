with

source as (

    select * from {{ source('raw', 'orders') }}

),

non_products as (

    select * from {{ ref('stg_shop__non_products') }}

),

cleaned as (

    select
        -- ids
        source.business,
        source.order_id,
        source.line_id,
        nullif(trim(source.customer_id), '') as customer_id,
        source.product_id,

        -- text
        nullif(trim(source.product_name), '') as product_name,
        source.currency,
        coalesce(lower(trim(source.status)), 'completed') as status,
        nullif(trim(source.country), '') as country,

        -- numerics
        source.quantity,
        source.unit_price,

        -- booleans
        source.quantity < 0 as is_return,
        source.unit_price > 0 as is_priced,
        source.unit_price <= {{ var("greatest_price") }}
        and abs(source.quantity) <= {{ var("greatest_quantity") }} as is_plausible,
        non_products.product_id is null as is_product,
        source.ordered_at > source.loaded_at + '{{ var("order_may_be_ahead") }}'::interval as is_future,

        -- timestamps
        source.ordered_at,
        source.loaded_at

    from source
    left join non_products
        on
            source.business = non_products.business
            and source.product_id = non_products.product_id

),

flagged as (

    select
        *,
        customer_id is not null as has_customer,
        status = 'cancelled' as is_cancelled,
        status = 'refunded' as is_refunded,
        status = 'completed'
        and quantity > 0
        and is_priced
        and is_plausible
        and is_product
        and not is_future as is_kept
    from cleaned

)

select * from flagged
