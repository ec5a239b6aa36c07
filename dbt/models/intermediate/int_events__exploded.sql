{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'message_id', 'product_id'],
        meta={'touched_by': ['device', 'device_id'], 'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'message_id', 'product_id'], 'unique': True},
            {'columns': ['business', 'device_id']},
            {'columns': ['business', 'customer_id']},
            {'columns': ['business', 'product_id', 'occurred_at']},
        ],
    )
}}

with

events as (

    select * from {{ ref('int_events__attributed') }}
    {{ touched('device', 'device_id') }}

),

product_events as (

    select
        business,
        message_id,
        device_id,
        customer_id,
        event,
        occurred_at,
        case
            when properties ?| array['product_id', 'sku', 'item_id'] then jsonb_build_array(properties)
            else
                jsonb_path_query_array(properties, 'lax $.products[*]')
                || jsonb_path_query_array(properties, 'lax $.items[*]')
        end as items
    from events
    where
        type = 'track'
        and properties is not null

),

exploded as (

    select
        product_events.business,
        product_events.message_id,
        product_events.device_id,
        product_events.customer_id,
        product_events.event,
        product_events.occurred_at,
        nullif(
            trim(coalesce(item.body ->> 'product_id', item.body ->> 'sku', item.body ->> 'item_id')), ''
        ) as product_id,
        case
            when item.body ->> 'quantity' ~ '^[0-9]{1,9}(\.[0-9]{1,9})?$'
                then (item.body ->> 'quantity')::numeric
            else 1
        end as quantity
    from product_events
    cross join lateral jsonb_array_elements(product_events.items) as item (body)

),

grouped as (

    select
        business,
        message_id,
        device_id,
        product_id,
        customer_id,
        event,
        occurred_at,
        sum(quantity) as quantity
    from exploded
    where product_id is not null
    group by business, message_id, device_id, product_id, customer_id, event, occurred_at

)

select * from grouped
