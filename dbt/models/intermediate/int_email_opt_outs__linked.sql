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

email_events as (

    select * from {{ ref('stg_shop__email_events') }}

),

customers as (

    select * from {{ ref('stg_shop__customers') }}

),

addresses as (

    select distinct
        business,
        email_index,
        customer_id
    from customers
    where email_index is not null

),

linked as (

    select
        email_events.business,
        coalesce(email_events.customer_id, addresses.customer_id) as customer_id,
        min(email_events.occurred_at) as first_opted_out_at,
        max(email_events.occurred_at) as opted_out_at
    from email_events
    left join addresses
        on
            email_events.business = addresses.business
            and email_events.email_index = addresses.email_index
    where
        email_events.is_opt_out
        and coalesce(email_events.customer_id, addresses.customer_id) is not null
    group by 1, 2

)

select * from linked
