with

source as (

    select * from {{ source('raw', 'events') }}

),

event_aliases as (

    select * from {{ ref('event_aliases') }}

),

bot_user_agents as (

    select string_agg(pattern, '|') as pattern
    from {{ ref('bot_user_agents') }}

),

-- Few programs send many events: each is looked at once.
user_agents as (

    select distinct context ->> 'userAgent' as user_agent
    from source

),

bots as (

    select user_agents.user_agent
    from user_agents
    cross join bot_user_agents
    where user_agents.user_agent ~* bot_user_agents.pattern

),

cleaned as (

    select
        -- ids
        source.business,
        source.message_id,
        nullif(trim(source.anonymous_id), '') as anonymous_id,
        nullif(trim(source.user_id), '') as user_id,

        -- text
        lower(source.type) as type,
        source.event as sent_as,
        coalesce(event_aliases.event, source.event) as event,
        source.context ->> 'userAgent' as user_agent,

        -- documents
        source.properties,

        -- booleans
        bots.user_agent is not null as is_bot,
        source.occurred_at
        > coalesce(source.received_at, source.loaded_at) + '{{ var("event_may_be_ahead") }}'::interval
            as is_future,

        -- timestamps
        source.occurred_at,
        source.sent_at,
        source.received_at,
        source.loaded_at

    from source
    left join event_aliases on lower(source.event) = lower(event_aliases.alias)
    left join bots on source.context ->> 'userAgent' = bots.user_agent

)

select * from cleaned
