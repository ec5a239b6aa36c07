-- PostgreSQL guesses one row behind the conditions of staging, and would meet each with every product.
{{ config(pre_hook="set local enable_nestloop = off") }}

with

events as (

    select * from {{ ref('int_events__exploded') }}

),

order_lines as (

    select * from {{ ref('stg_shop__orders') }}

),

added as (

    select * from {{ ref('int_interactions__added') }}

),

event_weights as (

    select * from {{ ref('event_weights') }}

),

products as (

    select * from {{ ref('products') }}

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
