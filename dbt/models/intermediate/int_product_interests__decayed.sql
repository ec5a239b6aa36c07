{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id', 'product_id'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'customer_id', 'product_id'], 'unique': True},
            {'columns': ['business', 'weighed_at']},
        ],
        pre_hook="{{ touch_customers_ahead() }}",
        post_hook="{{ when_whole('create index on ' ~ this ~ ' (business) where last_at > weighed_at') }}",
    )
}}

with

interactions as (

    select * from {{ ref('interactions') }}
    {{ touched('customer', 'customer_id') }}

),

clicks as (

    select * from {{ ref('int_email_clicks__attributed') }}
    where product_id is not null
    {{ touched('customer', 'customer_id', 'and') }}

),

event_weights as (

    select * from {{ ref('event_weights') }}

),

businesses as (

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

-- Each customer's own: what fades from there to now fades for all of a customer's rows alike.
clocks as (

    select
        signs.business,
        signs.customer_id,
        least(max(signs.occurred_at), businesses.now_at) as now_at
    from signs
    inner join businesses on signs.business = businesses.business
    group by signs.business, signs.customer_id, businesses.now_at

),

summed as (

    select
        signs.business,
        signs.customer_id,
        signs.product_id,
        trim_scale(sum({{ decayed('signs.weight', 'signs.occurred_at') }})) as weight,
        max(clocks.now_at) as weighed_at,
        count(*) as sign_count,
        max(signs.occurred_at) as last_at
    from signs
    inner join clocks on signs.business = clocks.business and signs.customer_id = clocks.customer_id
    group by signs.business, signs.customer_id, signs.product_id

)

select * from summed
