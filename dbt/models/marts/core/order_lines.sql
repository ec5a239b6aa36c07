{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'order_id', 'line_id'],
        meta={'touched_by': ['order', 'order_id'], 'touches': {'product sold': 'product_id'}},
        indexes=[
            {'columns': ['business', 'order_id', 'line_id'], 'unique': True},
            {'columns': ['business', 'customer_id']},
            {'columns': ['business', 'product_id']},
        ],
        on_schema_change='fail',
    )
}}

with

lines as (

    select * from {{ ref('stg_shop__orders') }}
    {{ touched('order', 'order_id') }}

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
    from lines
    where is_kept

)

select * from kept
