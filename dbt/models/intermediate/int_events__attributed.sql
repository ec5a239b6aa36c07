with

events as (

    select * from {{ ref('stg_shop__events') }}

),

bots as (

    select * from {{ ref('int_events__bot_flagged') }}

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
    left join bots on events.business = bots.business and events.message_id = bots.message_id
    where
        bots.message_id is null
        and not events.is_future

)

select * from attributed
