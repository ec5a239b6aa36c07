{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'anonymous_id'],
        meta={'touches': {'device': 'anonymous_id'}},
        indexes=[
            {'columns': ['business', 'anonymous_id'], 'unique': True},
        ],
    )
}}

with

identities as (

    select * from {{ ref('int_identities__dated') }}

),

linked as (

    select
        business,
        identifier as anonymous_id,
        customer_id
    from identities
    where kind = 'device' and valid_to is null and not is_beyond_cap

)

select * from linked
