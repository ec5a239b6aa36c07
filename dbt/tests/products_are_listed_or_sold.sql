-- Counted again from staging: what the catalogue lists or a customer bought is a product, and nothing else.
-- Rows are failures.
with

added as (

    {{ union_of(var('more_products'), ['business', 'product_id']) }}

),

expected as (

    select
        business,
        product_id
    from {{ ref('stg_shop__products') }}
    where is_product
    union distinct
    select
        added.business,
        added.product_id
    from added
    inner join {{ ref('int_businesses__clocked') }} as clocks on added.business = clocks.business
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
