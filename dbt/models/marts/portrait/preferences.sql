with

interactions as (

    select * from {{ ref('interactions') }}

),

product_interests as (

    select * from {{ ref('int_product_interests__decayed') }}

),

products as (

    select * from {{ ref('products') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}
    where customer_id is not null

),

clicks as (

    select * from {{ ref('int_email_clicks__attributed') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

),

banded as (

    select
        business,
        product_id,
        category,
        brand,
        {{ quintile_of('price', 'business, category') }} as price_band
    from products

),

taste as (

    select
        product_interests.business,
        product_interests.customer_id,
        liked.dimension,
        liked.value,
        product_interests.weight
    from product_interests
    inner join banded
        on
            product_interests.business = banded.business
            and product_interests.product_id = banded.product_id
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
        occurred_at
    from clicks

),

acts as (

    select * from behaviour
    union all
    select * from purchases
    union all
    select * from mail

),

faded as (

    select
        acts.business,
        acts.customer_id,
        acts.dimension,
        acts.value,
        {{ decayed('1', 'acts.occurred_at') }} as weight
    from acts
    inner join clocks on acts.business = clocks.business

),

unioned as (

    select * from taste
    union all
    select * from faded

),

weighed as (

    select
        unioned.business,
        unioned.customer_id,
        unioned.dimension,
        unioned.value,
        sum(unioned.weight) as weight
    from unioned
    inner join permitted
        on unioned.business = permitted.business and unioned.customer_id = permitted.customer_id
    where unioned.value is not null and permitted.may_analyse
    group by unioned.business, unioned.customer_id, unioned.dimension, unioned.value
    having sum(unioned.weight) > 0

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
