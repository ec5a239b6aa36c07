-- PostgreSQL guesses one row behind the conditions of staging, and would meet each with every product.
{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'interaction_id'],
        meta={'touched_by': ['customer', 'customer_id'], 'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'interaction_id'], 'unique': True},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
        pre_hook=[
            "{{ touch_customers_of_products() }}",
            "{{ when_whole('set local enable_nestloop = off') }}",
        ],
    )
}}

with

events as (

    select * from {{ ref('int_events__exploded') }}
    {{ touched('customer', 'customer_id') }}

),

order_lines as (

    select * from {{ ref('stg_shop__orders') }}
    {{ touched('customer', 'customer_id') }}

),

added as (

    select * from {{ ref('int_interactions__added') }}
    {{ touched('customer', 'customer_id') }}

),

event_weights as (

    select * from {{ ref('event_weights') }}

),

products as (

    select * from {{ ref('int_products__banded') }}

),

behaviour as (

    select
        business,
        'event:' || message_id || ':' || product_id as interaction_id,
        customer_id,
        product_id,
        event,
        'events' as counted_from,
        occurred_at,
        quantity
    from events
    where customer_id is not null

),

purchases as (

    select
        business,
        'order:' || order_id || ':' || line_id as interaction_id,
        customer_id,
        product_id,
        case when is_refunded then 'Order Refunded' else 'Order Completed' end as event,
        'orders' as counted_from,
        ordered_at as occurred_at,
        abs(quantity) as quantity
    from order_lines
    where
        has_customer
        and (is_kept or (is_refunded and is_product and not is_future))

),

unioned as (

    select * from behaviour
    union all
    select * from purchases
    union all
    select * from added

),

weighted as (

    select
        unioned.business,
        unioned.interaction_id,
        unioned.customer_id,
        unioned.product_id,
        unioned.event,
        unioned.occurred_at,
        unioned.quantity,
        event_weights.weight
    from unioned
    inner join event_weights
        on
            unioned.event = event_weights.event
            and unioned.counted_from = event_weights.counted_from
    inner join products
        on
            unioned.business = products.business
            and unioned.product_id = products.product_id

)

select * from weighted
