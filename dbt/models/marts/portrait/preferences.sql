with

interactions as (

    select * from {{ ref('interactions') }}

),

products as (

    select * from {{ ref('products') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}
    where customer_id is not null

),

messages as (

    select * from {{ ref('stg_shop__events') }}

),

email_events as (

    select * from {{ ref('stg_shop__email_events') }}

),

addresses as (

    select distinct
        business,
        email_index,
        customer_id
    from {{ ref('stg_shop__customers') }}
    where email_index is not null

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
        interactions.business,
        interactions.customer_id,
        liked.dimension,
        liked.value,
        interactions.weight::numeric as weight
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
        1.0 as weight
    from events
    inner join messages
        on events.business = messages.business and events.message_id = messages.message_id
    cross join lateral (
        values
        ('hour', to_char(events.occurred_at at time zone '{{ var("time_zone") }}', 'HH24')),
        (
            'device',
            case
                when messages.user_agent is null then null
                when messages.user_agent ~* '{{ var("tablet_agent") }}' then 'tablet'
                when messages.user_agent ~* '{{ var("phone_agent") }}' then 'phone'
                else 'computer'
            end
        ),
        ('channel', case when events.type = 'page' then 'site' when events.type = 'screen' then 'app' end)
    ) as done (dimension, value)

),

purchases as (

    select
        business,
        customer_id,
        'hour' as dimension,
        to_char(occurred_at at time zone '{{ var("time_zone") }}', 'HH24') as value,
        1.0 as weight
    from interactions
    where event = 'Order Completed'
    group by business, customer_id, occurred_at

),

mail as (

    select
        email_events.business,
        coalesce(email_events.customer_id, addresses.customer_id) as customer_id,
        'channel' as dimension,
        'email' as value,
        1.0 as weight
    from email_events
    left join addresses
        on
            email_events.business = addresses.business
            and email_events.email_index = addresses.email_index
            and email_events.customer_id is null
    where email_events.event = 'Email Link Clicked' and not email_events.is_machine

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
