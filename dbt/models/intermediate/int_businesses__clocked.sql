with

order_lines as (

    select * from {{ ref('int_order_lines__kept') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}

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
        business,
        max(occurred_at) as happened_at
    from events
    group by business
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

)

select * from clocked
