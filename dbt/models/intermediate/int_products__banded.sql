{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'product_id'],
        meta={'touches': {'product': 'product_id'}},
        indexes=[
            {'columns': ['business', 'product_id'], 'unique': True},
        ],
    )
}}

with

products as (

    select * from {{ ref('products') }}

),

banded as (

    select
        business,
        product_id,
        category,
        brand,
        {{ quintile_of('price', 'business, category') }} as price_band
    from products

)

select * from banded
