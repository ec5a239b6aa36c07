{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'event_id'],
        meta={'touched_by': ['recipient', 'recipient'], 'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'event_id'], 'unique': True},
            {'columns': ['business', 'customer_id']},
            {'columns': ['business', 'recipient']},
        ],
        on_schema_change='fail',
    )
}}

with

email_events as (

    select * from {{ ref('stg_shop__email_events') }}
    {{ touched('recipient', 'recipient') }}

),

customers as (

    select * from {{ ref('stg_shop__customers') }}

),

addresses as (

    select
        business,
        email_index,
        min(customer_id) as customer_id
    from customers
    where email_index is not null
    group by business, email_index
    having count(distinct customer_id) = 1

),

attributed as (

    select
        email_events.business,
        email_events.event_id,
        coalesce(email_events.customer_id, addresses.customer_id) as customer_id,
        email_events.recipient,
        email_events.campaign_id,
        email_events.event,
        email_events.url,
        email_events.occurred_at
    from email_events
    left join addresses
        on
            email_events.business = addresses.business
            and email_events.email_index = addresses.email_index
    where
        not email_events.is_machine
        and coalesce(email_events.customer_id, addresses.customer_id) is not null

)

select * from attributed
