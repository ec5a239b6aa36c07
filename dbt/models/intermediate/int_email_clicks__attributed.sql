{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'event_id'],
        meta={'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'event_id'], 'unique': True},
        ],
    )
}}

with

email_events as (

    select * from {{ ref('int_email_events__attributed') }}

),

products as (

    select * from {{ ref('int_products__unioned') }}

),

-- Variants may share a page; one of them stands for it.
pages as (

    select
        business,
        {{ page_of('url') }} as page,
        min(product_id) as product_id
    from products
    where url is not null
    group by business, page

),

clicks as (

    select
        email_events.business,
        email_events.event_id,
        email_events.customer_id,
        pages.product_id,
        email_events.event,
        email_events.occurred_at
    from email_events
    left join pages
        on
            email_events.business = pages.business
            and {{ page_of('email_events.url') }} = pages.page
    where email_events.event = 'Email Link Clicked'

)

select * from clicks
