with

source as (

    select * from {{ source('raw', 'email_events') }}

),

machine_agents as (

    select string_agg(pattern, '|') as pattern
    from {{ ref('email_machine_agents') }}

),

cleaned as (

    select
        -- ids
        business,
        event_id,
        nullif(trim(customer_id), '') as customer_id,
        campaign_id,
        email_index,
        coalesce(nullif(trim(customer_id), ''), encode(email_index, 'hex'), event_id) as recipient,

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

),

-- What else happened to the same e-mail within seconds.
neighboured as (

    select
        *,
        bool_or(event = 'Email Delivered') over near as is_just_delivered,
        array_agg(url) filter (where event = 'Email Link Clicked') over near as links
    from cleaned
    window near as (
        partition by business, campaign_id, recipient
        order by occurred_at
        range between interval '{{ var("scanner_takes") }}' preceding
        and interval '{{ var("scanner_takes") }}' following
    )

),

judged as (

    select
        neighboured.*,
        case
            when neighboured.event = 'Email Opened by Proxy' then true
            when neighboured.event not in ('Email Opened', 'Email Link Clicked') then false
            when trim(neighboured.user_agent) ~* machine_agents.pattern then true
            when neighboured.event = 'Email Opened' then false
            else
                neighboured.is_just_delivered
                or (select count(distinct link) from unnest(neighboured.links) as link)
                >= {{ var("links_of_a_scanner") }}
        end as is_of_machine
    from neighboured
    cross join machine_agents

),

-- A scanner of links loads the pictures too.
flagged as (

    select
        business,
        event_id,
        customer_id,
        campaign_id,
        email_index,
        recipient,
        event,
        url,
        user_agent,
        is_opt_out,
        is_of_machine
        or (
            event = 'Email Opened'
            and coalesce(bool_or(is_of_machine and event = 'Email Link Clicked') over near, false)
        ) as is_machine,
        occurred_at,
        loaded_at
    from judged
    window near as (
        partition by business, campaign_id, recipient
        order by occurred_at
        range between interval '{{ var("scanner_takes") }}' preceding
        and interval '{{ var("scanner_takes") }}' following
    )

)

select * from flagged
