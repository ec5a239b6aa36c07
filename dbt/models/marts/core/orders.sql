{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'order_id'],
        meta={'touched_by': ['order', 'order_id']},
        indexes=[
            {'columns': ['business', 'order_id'], 'unique': True},
        ],
        on_schema_change='fail',
    )
}}

with

order_lines as (

    select * from {{ ref('stg_shop__orders') }}
    {{ touched('order', 'order_id') }}

),

grouped as (

    select
        business,
        order_id,
        min(customer_id) as customer_id,
        min(ordered_at) as ordered_at,
        case
            when bool_and(is_cancelled) then 'cancelled'
            when bool_and(is_cancelled or is_refunded) then 'refunded'
            else 'completed'
        end as status,
        count(*) filter (where is_kept) as line_count,
        coalesce(sum(quantity) filter (where is_kept), 0) as units,
        coalesce(sum(quantity * unit_price) filter (where is_kept), 0) as revenue,
        min(currency) as currency,
        bool_and(is_cancelled) as is_cancelled,
        bool_and(is_return) as is_return
    from order_lines
    group by business, order_id

)

select * from grouped
