-- depends_on: {{ ref('int_customers__behaved') }}
-- Counted again from staging: who registered, ordered, logged in or holds a product is a customer, and nobody
-- else. Rows are failures.
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
    where
        events.user_id is not null
        and bots.message_id is null
        and not events.is_future
        and {{ if_built('int_events__attributed', 'events.device_id', 'events.business') or 'true' }}
    {% if if_built('int_customers__behaved') %}
        union distinct
        select
            business,
            customer_id
        from {{ ref('int_customers__behaved') }}
        where {{ unless_built('int_customers__behaved') }}
    {% endif %}
    union distinct
    select
        business,
        customer_id
    from {{ ref('stg_bank__product_holdings') }}
    where is_current and customer_id is not null
    union distinct
    select
        accounts.business,
        accounts.customer_id
    from {{ ref('stg_bank__accounts') }} as accounts
    where accounts.is_current and accounts.customer_id is not null
    union distinct
    {{ union_of(var('more_interactions'), ['business', 'customer_id']) }}

),

found as (

    select
        business,
        customer_id
    from {{ ref('customers') }}

)

{{ differences_between('expected', 'found') }}
