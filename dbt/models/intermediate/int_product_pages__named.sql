{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'page'],
        meta={'touches': {'page': 'page'}},
        indexes=[
            {'columns': ['business', 'page'], 'unique': True},
        ],
    )
}}

with

products as (

    select * from {{ ref('int_products__unioned') }}

),

-- Variants may share a page; one of them stands for it.
pages as (

    select
        business,
        {{ page_of('url') }} as page,
        min(product_id) as product_id
    from products
    where {{ page_of('url') }} is not null
    group by business, page

)

select * from pages
