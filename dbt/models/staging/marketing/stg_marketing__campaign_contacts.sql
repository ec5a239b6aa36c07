with

source as (

    select * from {{ source('raw', 'campaign_contacts') }}

),

cleaned as (

    select
        -- ids
        business,
        campaign_id,
        customer_id,

        -- text
        lower(trim(channel)) as channel,
        coalesce(
            nullif(trim(arm), ''),
            case when is_control then 'hold_out' else 'treatment' end
        ) as arm,

        -- booleans
        is_control,

        -- timestamps
        contacted_at,
        loaded_at

    from source

)

select * from cleaned
