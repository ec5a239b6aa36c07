-- A table: all readers of order lines and products ask it, and it looks at all of them to find the codes.
{{ config(materialized='table', post_hook='analyze {{ this }}') }}

with

source as (

    select
        business,
        product_id
    from {{ source('raw', 'orders') }}
    union distinct
    select
        business,
        product_id
    from {{ source('raw', 'products') }}

),

non_product_codes as (

    select * from {{ ref('non_product_codes') }}

),

matched as (

    select distinct
        source.business,
        source.product_id
    from source
    inner join non_product_codes
        on
            non_product_codes.business in ('*', source.business)
            and source.product_id ~ non_product_codes.pattern

)

select * from matched
