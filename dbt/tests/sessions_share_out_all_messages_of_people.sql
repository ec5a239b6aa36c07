-- Counted again from staging: each message of a person who can be told from others, and did not object, is in
-- exactly one session. Rows are failures.
with

messages as (

    select
        events.business,
        count(*) as event_count,
        count(*) filter (
            where events.type in ('page', 'screen') or events.event in ('page_view', 'screen_view')
        ) as page_view_count,
        min(events.occurred_at) as first_at,
        max(events.occurred_at) as last_at
    from {{ ref('stg_shop__events') }} as events
    left join {{ ref('int_events__bot_flagged') }} as bots
        on events.business = bots.business and events.message_id = bots.message_id
    left join {{ ref('int_identities__linked') }} as identities
        on events.business = identities.business and events.anonymous_id = identities.anonymous_id
    left join {{ ref('consents') }} as consents
        on
            events.business = consents.business
            and coalesce(events.user_id, identities.customer_id) = consents.customer_id
            and consents.purpose = 'analytics'
            and consents.valid_to is null
    where
        bots.message_id is null
        and not events.is_future
        and coalesce(events.anonymous_id, events.user_id) is not null
        and consents.is_granted is not false
        and {{ if_built('sessions', 'events.device_id', 'events.business') or 'true' }}
    group by events.business

),

sessions as (

    select
        business,
        sum(event_count) as event_count,
        sum(page_view_count) as page_view_count,
        min(started_at) as first_at,
        max(ended_at) as last_at
    from {{ ref('sessions') }}
    where {{ if_built('sessions') or 'true' }}
    group by business

)

{{ differences_between('messages', 'sessions') }}
