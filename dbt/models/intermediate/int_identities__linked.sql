with

events as (

    select * from {{ ref('stg_shop__events') }}

),

bots as (

    select * from {{ ref('int_events__bot_flagged') }}

),

logins as (

    select
        events.business,
        events.anonymous_id,
        events.user_id
    from events
    left join bots on events.business = bots.business and events.message_id = bots.message_id
    where
        events.anonymous_id is not null
        and events.user_id is not null
        and bots.message_id is null
        and not events.is_future

),

linked as (

    select
        business,
        anonymous_id,
        min(user_id) as customer_id
    from logins
    group by business, anonymous_id
    having count(distinct user_id) = 1

)

select * from linked
