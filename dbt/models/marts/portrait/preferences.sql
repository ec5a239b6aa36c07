{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id', 'dimension', 'value'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'customer_id', 'dimension', 'value'], 'unique': True},
        ],
        on_schema_change='fail',
    )
}}

with

interactions as (

    select * from {{ ref('interactions') }}
    {{ touched('customer', 'customer_id') }}

),

banded as (

    select * from {{ ref('int_products__banded') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}
    where customer_id is not null
    {{ touched('customer', 'customer_id', 'and') }}

),

clicks as (

    select * from {{ ref('int_email_clicks__attributed') }}
    {{ touched('customer', 'customer_id') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

),

moments as (

    select
        business,
        customer_id,
        occurred_at
    from interactions
    union all
    select
        business,
        customer_id,
        occurred_at
    from events
    union all
    select
        business,
        customer_id,
        occurred_at
    from clicks

),

-- Each customer's own: shares are the same by any clock, and the rows of who does nothing stay as they are.
clocks as (

    select
        business,
        customer_id,
        max(occurred_at) as now_at
    from moments
    group by business, customer_id

),

taste as (

    select
        interactions.business,
        interactions.customer_id,
        liked.dimension,
        liked.value,
        interactions.weight::numeric as weight,
        interactions.occurred_at
    from interactions
    inner join banded
        on interactions.business = banded.business and interactions.product_id = banded.product_id
    cross join lateral (
        values
        ('category', banded.category),
        ('brand', banded.brand),
        ('price_band', banded.price_band::text)
    ) as liked (dimension, value)

),

behaviour as (

    select
        events.business,
        events.customer_id,
        done.dimension,
        done.value,
        1.0 as weight,
        events.occurred_at
    from events
    cross join lateral (
        values
        ('hour', to_char(events.occurred_at at time zone '{{ var("time_zone") }}', 'HH24')),
        ('device', events.device_type),
        ('channel', case when events.type = 'page' then 'site' when events.type = 'screen' then 'app' end)
    ) as done (dimension, value)

),

purchases as (

    select
        business,
        customer_id,
        'hour' as dimension,
        to_char(occurred_at at time zone '{{ var("time_zone") }}', 'HH24') as value,
        1.0 as weight,
        occurred_at
    from interactions
    where event = 'Order Completed'
    group by business, customer_id, occurred_at

),

mail as (

    select
        business,
        customer_id,
        'channel' as dimension,
        'email' as value,
        1.0 as weight,
        occurred_at
    from clicks

),

unioned as (

    select * from taste
    union all
    select * from behaviour
    union all
    select * from purchases
    union all
    select * from mail

),

faded as (

    select
        unioned.business,
        unioned.customer_id,
        unioned.dimension,
        unioned.value,
        {{ decayed('unioned.weight', 'unioned.occurred_at') }} as weight
    from unioned
    inner join clocks
        on unioned.business = clocks.business and unioned.customer_id = clocks.customer_id

),

weighed as (

    select
        faded.business,
        faded.customer_id,
        faded.dimension,
        faded.value,
        sum(faded.weight) as weight
    from faded
    inner join permitted
        on faded.business = permitted.business and faded.customer_id = permitted.customer_id
    where faded.value is not null and permitted.may_analyse
    group by faded.business, faded.customer_id, faded.dimension, faded.value
    having sum(faded.weight) > 0

),

ranked as (

    select
        business,
        customer_id,
        dimension,
        value,
        weight::double precision as weight,
        (weight / sum(weight) over of_dimension)::double precision as share,
        row_number() over (of_dimension order by weight desc, value asc) as rank
    from weighed
    window of_dimension as (partition by business, customer_id, dimension)

)

select * from ranked
