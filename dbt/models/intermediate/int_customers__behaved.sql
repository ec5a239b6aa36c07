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

events as (

    select * from {{ ref('int_events__attributed') }}
    {{ touched('customer', 'customer_id') }}

),

behaved as (

    select
        business,
        customer_id,
        count(*) as event_count,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at
    from events
    where customer_id is not null
    group by business, customer_id

)

select * from behaved
