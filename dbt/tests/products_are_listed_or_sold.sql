-- Counted again from staging: what the catalogue lists or a customer bought is a product, and nothing else.
-- Rows are failures.
with

expected as (

    select
        business,
        product_id
    from {{ ref('stg_shop__products') }}
    where is_product
    union distinct
    {{ union_of(var('more_products'), ['business', 'product_id']) }}
    union distinct
    select
        business,
        product_id
    from {{ ref('stg_shop__orders') }}
    where is_kept

),

found as (

    select
        business,
        product_id
    from {{ ref('products') }}

)

{{ differences_between('expected', 'found') }}
