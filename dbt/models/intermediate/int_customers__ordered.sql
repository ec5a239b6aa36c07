{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'customer_id'], 'unique': True},
        ],
    )
}}

with

order_lines as (

    select * from {{ ref('stg_shop__orders') }}
    {{ touched('customer', 'customer_id') }}

),

ordered as (

    select
        business,
        customer_id,
        (array_agg(country order by ordered_at desc, order_id desc) filter (where country is not null))[1]
            as country,
        min(ordered_at) filter (where is_kept) as first_order_at,
        max(ordered_at) filter (where is_kept) as last_order_at,
        count(distinct order_id) filter (where is_kept) as order_count,
        coalesce(sum(quantity) filter (where is_kept), 0) as units,
        coalesce(sum(quantity * unit_price) filter (where is_kept), 0) as revenue,
        min(currency) filter (where is_kept) as currency
    from order_lines
    where has_customer
    group by business, customer_id

)

select * from ordered
