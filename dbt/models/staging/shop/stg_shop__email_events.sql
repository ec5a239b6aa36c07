with

source as (

    select * from {{ source('raw', 'email_events') }}

),

cleaned as (

    select
        -- ids
        business,
        event_id,
        nullif(trim(customer_id), '') as customer_id,
        campaign_id,
        email_index,

        -- text
        event,
        url,
        user_agent,

        -- booleans
        event in ('Unsubscribed', 'Email Marked as Spam') as is_opt_out,

        -- timestamps
        occurred_at,
        loaded_at

    from source

)

select * from cleaned
