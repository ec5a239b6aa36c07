with

source as (

    select * from {{ source('raw', 'ad_spend') }}

),

cleaned as (

    select
        -- ids
        business,
        spend_on,
        lower(trim(channel)) as channel,
        campaign_id,
        ad_group,
        ad_id,
        encode(fingerprint, 'hex') as version_id,

        -- text
        currency,

        -- numerics
        impressions,
        clicks,
        cost,

        -- timestamps
        updated_at,
        loaded_at,
        position

    from source

),

flagged as (

    select
        *,
        row_number() over (
            partition by business, spend_on, channel, campaign_id, ad_group, ad_id
            order by updated_at desc nulls last, loaded_at desc, position desc, version_id desc
        ) = 1 as is_current
    from cleaned

)

select * from flagged
