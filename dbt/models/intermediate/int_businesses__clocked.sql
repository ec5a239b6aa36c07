with

order_lines as (

    select * from {{ ref('order_lines') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}

),

senders as (

    select distinct business
    from {{ ref('int_user_agents__recognised') }}

),

movements as (

    select * from {{ ref('int_movements__kept') }}

),

added as (

    select * from {{ ref('int_interactions__added') }}

),

moments as (

    select
        business,
        max(ordered_at) as happened_at
    from order_lines
    group by business
    union all
    select
        senders.business,
        (
            select max(events.occurred_at)
            from events
            where events.business = senders.business
        ) as happened_at
    from senders
    union all
    select
        business,
        max(occurred_at) as happened_at
    from movements
    group by business
    union all
    select
        business,
        max(occurred_at) as happened_at
    from added
    group by business

),

clocked as (

    select
        business,
        max(happened_at) as now_at
    from moments
    group by business
    having max(happened_at) is not null

)

select * from clocked
