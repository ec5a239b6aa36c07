with

source as (

    select * from {{ source('raw', 'customers') }}

),

cleaned as (

    select
        -- ids
        business,
        customer_id,
        encode(fingerprint, 'hex') as version_id,
        email_index,
        phone_index,
        nullif(trim(region_id), '') as region_id,

        -- text
        nullif(trim(gender), '') as gender,
        nullif(trim(country), '') as country,
        nullif(trim(city), '') as city,
        nullif(trim(language), '') as language,

        -- documents
        consents,

        -- numerics
        birth_year,

        -- booleans
        coalesce(consents ->> 'personalisation' != 'false', true) as may_personalise,
        coalesce(consents ->> 'email' = 'true', false) as may_email,

        -- timestamps
        registered_at,
        updated_at,
        loaded_at,
        position

    from source

),

flagged as (

    select
        *,
        row_number() over (
            partition by business, customer_id
            order by updated_at desc nulls last, loaded_at desc, position desc, version_id desc
        ) = 1 as is_current
    from cleaned

)

select * from flagged
