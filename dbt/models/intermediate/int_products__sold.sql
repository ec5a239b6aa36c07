{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'product_id'],
        meta={'touched_by': ['product sold', 'product_id']},
        indexes=[
            {'columns': ['business', 'product_id'], 'unique': True},
        ],
    )
}}

with

order_lines as (

    select * from {{ ref('order_lines') }}
    {{ touched('product sold', 'product_id') }}

),

sold as (

    select
        business,
        product_id,
        mode() within group (order by product_name) as name,
        (array_agg(unit_price order by ordered_at desc, order_id desc, line_id desc))[1] as price,
        (array_agg(currency order by ordered_at desc, order_id desc, line_id desc))[1] as currency,
        min(ordered_at) as first_sold_at,
        max(ordered_at) as last_sold_at,
        count(*) as order_line_count
    from order_lines
    group by business, product_id

)

select * from sold
