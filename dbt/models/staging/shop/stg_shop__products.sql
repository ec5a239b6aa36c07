with

source as (

    select * from {{ source('raw', 'products') }}

),

non_products as (

    select * from {{ ref('stg_shop__non_products') }}

),

cleaned as (

    select
        -- ids
        source.business,
        source.product_id,
        source.page_id,
        source.group_id,
        source.gtin,
        source.mpn,
        encode(source.fingerprint, 'hex') || '@' || source.first_seen_at as version_id,

        -- text
        nullif(trim(source.name), '') as name,
        nullif(trim(source.description), '') as description,
        nullif(trim(source.brand), '') as brand,
        nullif(trim(source.category), '') as category,
        source.currency,
        regexp_replace(source.availability, '^.*/', '') as availability,
        source.condition,
        source.url,
        source.image_url,
        source.attributes,

        -- numerics
        source.price,

        -- booleans
        non_products.product_id is null as is_product,

        -- timestamps
        source.first_seen_at,
        source.price_valid_until,
        source.last_seen_at,
        source.loaded_at

    from source
    left join non_products
        on
            source.business = non_products.business
            and source.product_id = non_products.product_id

)

select * from cleaned
