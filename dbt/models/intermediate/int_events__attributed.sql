with

events as (

    select * from {{ ref('stg_shop__events') }}

),

identities as (

    select * from {{ ref('int_identities__linked') }}

),

attributed as (

    select
        events.business,
        events.message_id,
        coalesce(events.user_id, identities.customer_id) as customer_id,
        events.type,
        events.event,
        events.properties,
        events.occurred_at
    from events
    left join identities
        on
            events.business = identities.business
            and events.anonymous_id = identities.anonymous_id
    where
        not events.is_bot
        and not events.is_future

)

select * from attributed
