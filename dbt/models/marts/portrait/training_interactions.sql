{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'interaction_id'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'interaction_id'], 'unique': True},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
    )
}}

with

interactions as (

    select * from {{ ref('interactions') }}
    {{ touched('customer', 'customer_id') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_personalise

),

pushers as (

    select * from {{ ref('int_pushers__found') }}

),

training as (

    select
        interactions.business,
        interactions.interaction_id,
        interactions.customer_id,
        interactions.product_id,
        interactions.event,
        interactions.occurred_at,
        interactions.quantity,
        interactions.weight
    from interactions
    inner join permitted
        on interactions.business = permitted.business and interactions.customer_id = permitted.customer_id
    left join pushers
        on interactions.business = pushers.business and interactions.customer_id = pushers.customer_id
    where pushers.customer_id is null

)

select * from training
