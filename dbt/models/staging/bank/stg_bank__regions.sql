with

source as (

    select * from {{ source('raw', 'regions') }}

),

cleaned as (

    select
        -- ids
        business,
        region_id,
        encode(fingerprint, 'hex') as version_id,

        -- text
        nullif(trim(name), '') as name,
        nullif(trim(part_of), '') as part_of,

        -- documents
        attributes,

        -- numerics
        population,

        -- timestamps
        loaded_at,
        position

    from source

),

flagged as (

    select
        *,
        row_number() over (
            partition by business, region_id
            order by loaded_at desc, position desc, version_id desc
        ) = 1 as is_current
    from cleaned

)

select * from flagged
