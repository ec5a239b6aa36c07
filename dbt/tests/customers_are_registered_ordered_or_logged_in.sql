-- Counted again from staging: who registered, ordered or logged in is a customer, and nobody else.
-- Rows are failures.
with

expected as (

    select
        business,
        customer_id
    from {{ ref('stg_shop__customers') }}
    union distinct
    select
        business,
        customer_id
    from {{ ref('stg_shop__orders') }}
    where customer_id is not null
    union distinct
    select
        events.business,
        events.user_id as customer_id
    from {{ ref('stg_shop__events') }} as events
    left join {{ ref('int_events__bot_flagged') }} as bots
        on events.business = bots.business and events.message_id = bots.message_id
    where events.user_id is not null and bots.message_id is null and not events.is_future

),

found as (

    select
        business,
        customer_id
    from {{ ref('customers') }}

)

{{ differences_between('expected', 'found') }}
