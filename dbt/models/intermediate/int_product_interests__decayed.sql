with

interactions as (

    select * from {{ ref('interactions') }}

),

clicks as (

    select * from {{ ref('int_email_clicks__attributed') }}
    where product_id is not null

),

event_weights as (

    select * from {{ ref('event_weights') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

signs as (

    select
        business,
        customer_id,
        product_id,
        occurred_at,
        weight
    from interactions
    union all
    select
        clicks.business,
        clicks.customer_id,
        clicks.product_id,
        clicks.occurred_at,
        event_weights.weight
    from clicks
    inner join event_weights
        on
            clicks.event = event_weights.event
            and event_weights.counted_from = 'emails'

),

summed as (

    select
        signs.business,
        signs.customer_id,
        signs.product_id,
        trim_scale(sum({{ decayed('signs.weight', 'signs.occurred_at') }})) as weight,
        count(*) as sign_count,
        max(signs.occurred_at) as last_at
    from signs
    inner join clocks on signs.business = clocks.business
    group by signs.business, signs.customer_id, signs.product_id

)

select * from summed
