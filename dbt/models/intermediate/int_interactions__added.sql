{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'interaction_id'],
        meta={'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'interaction_id'], 'unique': True},
        ],
    )
}}

with

added as (

    {{ union_of(var('more_interactions'), [
        'business', 'interaction_id', 'customer_id', 'product_id', 'event', 'counted_from', 'occurred_at', 'quantity',
    ]) }}

)

select * from added
