with

events as (

    select * from {{ ref('stg_shop__events') }}

),

logins as (

    select
        business,
        anonymous_id,
        user_id
    from events
    where
        anonymous_id is not null
        and user_id is not null
        and not is_bot
        and not is_future

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
