with

registered as (

    select * from {{ ref('stg_shop__customers') }}
    where is_current

),

ordered as (

    select * from {{ ref('int_customers__ordered') }}

),

behaved as (

    select * from {{ ref('int_customers__behaved') }}

),

banked as (

    select * from {{ ref('int_customers__banked') }}

),

added as (

    select * from {{ ref('int_interactions__added') }}

),

opt_outs as (

    select * from {{ ref('int_email_opt_outs__linked') }}

),

acted as (

    select
        business,
        customer_id,
        max(occurred_at) as last_acted_at
    from added
    group by business, customer_id

),

ids as (

    select
        business,
        customer_id
    from registered
    union distinct
    select
        business,
        customer_id
    from ordered
    union distinct
    select
        business,
        customer_id
    from behaved
    union distinct
    select
        business,
        customer_id
    from banked
    union distinct
    select
        business,
        customer_id
    from acted

),

joined as (

    select
        -- ids
        ids.business,
        ids.customer_id,

        -- registration
        registered.customer_id is not null as is_registered,
        registered.registered_at,
        registered.gender,
        registered.birth_year,
        coalesce(registered.country, ordered.country) as country,
        registered.city,
        registered.language,
        coalesce(registered.may_personalise, true) as may_personalise,
        case when opt_outs.customer_id is not null then false else registered.may_email end as may_email,

        -- orders
        ordered.first_order_at,
        ordered.last_order_at,
        coalesce(ordered.order_count, 0) as order_count,
        coalesce(ordered.units, 0) as units,
        coalesce(ordered.revenue, 0) as revenue,
        ordered.currency,

        -- behaviour
        coalesce(behaved.event_count, 0) as event_count,
        greatest(behaved.last_event_at, ordered.last_order_at, acted.last_acted_at) as last_seen_at

    from ids
    left join registered
        on ids.business = registered.business and ids.customer_id = registered.customer_id
    left join ordered
        on ids.business = ordered.business and ids.customer_id = ordered.customer_id
    left join behaved
        on ids.business = behaved.business and ids.customer_id = behaved.customer_id
    left join acted
        on ids.business = acted.business and ids.customer_id = acted.customer_id
    left join opt_outs
        on ids.business = opt_outs.business and ids.customer_id = opt_outs.customer_id

)

select * from joined
