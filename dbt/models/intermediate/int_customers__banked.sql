{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id'],
        meta={'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'customer_id'], 'unique': True},
        ],
    )
}}

with

holdings as (

    select * from {{ ref('int_product_holdings__held') }}

),

accounts as (

    select * from {{ ref('int_accounts__owned') }}

),

signs as (

    select
        business,
        customer_id,
        coalesce(opened_at, loaded_at) as known_at
    from holdings
    where customer_id is not null
    union all
    select
        business,
        customer_id,
        known_at
    from accounts

),

banked as (

    select
        business,
        customer_id,
        min(known_at) as known_at
    from signs
    group by business, customer_id

)

select * from banked
