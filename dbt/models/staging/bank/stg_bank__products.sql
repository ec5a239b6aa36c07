with

source as (

    select * from {{ ref('bank_products') }}

),

shaped as (

    select
        -- ids
        business,
        product_id,

        -- text
        name,
        description,
        null::text as brand,
        category,
        kind,
        currency,
        availability,
        null::text as url,

        -- numerics
        price,

        -- booleans
        true as is_product,
        true as is_current,

        -- timestamps: a list is whole, so all of it was last seen when it last grew
        offered_from::timestamp at time zone 'UTC' as first_seen_at,
        max(offered_from) over (partition by business)::timestamp at time zone 'UTC' as last_seen_at,
        offered_from::timestamp at time zone 'UTC' as loaded_at

    from source

)

select * from shaped
