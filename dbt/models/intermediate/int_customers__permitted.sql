{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id'],
        meta={'touches': {'customer': 'customer_id', 'permission': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'customer_id'], 'unique': True},
        ],
    )
}}

with

consents as (

    select * from {{ ref('consents') }}
    where valid_to is null

),

permitted as (

    select
        business,
        customer_id,
        bool_or(is_granted) filter (where purpose = 'analytics') as may_analyse,
        bool_or(is_granted) filter (where purpose = 'personalisation') as may_personalise,
        bool_or(is_granted) filter (where purpose = 'email') as may_email,
        bool_or(is_granted) filter (where purpose = 'advertising') as may_advertise
    from consents
    group by business, customer_id

)

select * from permitted
