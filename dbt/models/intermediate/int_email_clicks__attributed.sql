{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'event_id'],
        meta={'touched_by': ['customer', 'customer_id'], 'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'event_id'], 'unique': True},
            {'columns': ['business', 'customer_id']},
            {'columns': ['business', 'page']},
        ],
        pre_hook="{{ touch_customers_of_pages() }}",
        on_schema_change='fail',
    )
}}

with

email_events as (

    select * from {{ ref('int_email_events__attributed') }}
    {{ touched('customer', 'customer_id') }}

),

pages as (

    select * from {{ ref('int_product_pages__named') }}

),

clicked as (

    select
        *,
        {{ page_of('url') }} as page
    from email_events
    where event = 'Email Link Clicked'

),

clicks as (

    select
        clicked.business,
        clicked.event_id,
        clicked.customer_id,
        clicked.page,
        pages.product_id,
        clicked.event,
        clicked.occurred_at
    from clicked
    left join pages on clicked.business = pages.business and clicked.page = pages.page

)

select * from clicks
