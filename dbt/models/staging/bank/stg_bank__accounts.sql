with

source as (

    select * from {{ source('raw', 'accounts') }}

),

codes as (

    select * from {{ ref('bank_codes') }}

),

cleaned as (

    select
        -- ids
        source.business,
        source.account_id,
        encode(source.fingerprint, 'hex') as version_id,
        nullif(trim(source.customer_id), '') as customer_id,
        nullif(trim(source.region_id), '') as region_id,

        -- text
        nullif(trim(source.kind), '') as kind,
        nullif(trim(source.status), '') as status,
        source.currency,
        coalesce(frequencies.word, source.attributes ->> 'statement_frequency') as statement_frequency,

        -- documents
        source.attributes,

        -- numerics
        source.balance,

        -- booleans
        source.attributes ->> 'statement_frequency' is not null
        and frequencies.word is null as has_unknown_code,

        -- timestamps
        source.opened_at,
        source.closed_at,
        source.updated_at,
        source.loaded_at,
        source.position

    from source
    left join codes as frequencies
        on
            source.business = frequencies.business
            and frequencies.field = 'statement_frequency'
            and source.attributes ->> 'statement_frequency' = frequencies.code

),

flagged as (

    select
        *,
        row_number() over (
            partition by business, account_id
            order by updated_at desc nulls last, loaded_at desc, position desc, version_id desc
        ) = 1 as is_current
    from cleaned

)

select * from flagged
