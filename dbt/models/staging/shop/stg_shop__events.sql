with

source as (

    select * from {{ source('raw', 'events') }}

),

event_aliases as (

    select * from {{ ref('event_aliases') }}

),

-- A device's clock may be years off, yet it measures well how long a message waited to be sent.
timed as (

    select
        *,
        case
            when
                received_at is not null
                and sent_at >= occurred_at - '{{ var("sending_may_precede") }}'::interval
                then received_at - greatest(sent_at - occurred_at, interval '0')
            else occurred_at
        end as derived_at
    from source

),

cleaned as (

    select
        -- ids
        timed.business,
        timed.source,
        timed.message_id,
        nullif(trim(timed.anonymous_id), '') as anonymous_id,
        nullif(trim(timed.user_id), '') as user_id,
        coalesce(nullif(trim(timed.anonymous_id), ''), nullif(trim(timed.user_id), ''), '') as device_id,
        nullif(trim(coalesce(timed.extra ->> 'previousId', timed.extra ->> 'previous_id')), '')
            as previous_id,
        decode(
            substring(
                coalesce(timed.context #>> '{traits,email}', timed.properties ->> 'email')
                from '^email:((?:[0-9a-f]{2})+)$'
            ), 'hex'
        ) as email_index,

        -- text
        lower(timed.type) as type,
        timed.event as sent_as,
        coalesce(event_aliases.event, timed.event) as event,
        nullif(nullif(trim(timed.context ->> 'userAgent'), ''), '-') as user_agent,
        substring(
            coalesce(
                timed.context #>> '{page,path}',
                timed.context #>> '{page,url}',
                timed.properties ->> 'path',
                timed.properties ->> 'url'
            ) from '^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?([^?#]*)'
        ) as page_path,
        {{ host_of("timed.context #>> '{page,url}'") }} as page_host,
        {{ host_of("coalesce(timed.context #>> '{page,referrer}', timed.properties ->> 'referrer')") }}
            as referrer_host,
        lower({{ campaign_word('timed', 'source') }}) as utm_source,
        lower({{ campaign_word('timed', 'medium') }}) as utm_medium,
        {{ campaign_word('timed', 'name') }} as utm_campaign,
        coalesce(
            lower(coalesce(timed.context #>> '{device,type}', timed.context #>> '{device,category}')),
            case
                when timed.context ->> 'userAgent' ~* '{{ var("tablet_agent") }}' then 'tablet'
                when timed.context ->> 'userAgent' ~* '{{ var("phone_agent") }}' then 'mobile'
                when timed.context ->> 'userAgent' ~ '[[:alnum:]]' then 'desktop'
            end
        ) as device_type,

        -- documents
        timed.properties,

        -- booleans
        timed.derived_at
        > coalesce(timed.received_at, timed.loaded_at) + '{{ var("event_may_be_ahead") }}'::interval
            as is_future,

        -- timestamps
        timed.derived_at as occurred_at,
        timed.occurred_at as device_occurred_at,
        timed.sent_at,
        timed.received_at,
        timed.loaded_at

    from timed
    left join event_aliases on lower(timed.event) = lower(event_aliases.alias)

)

select * from cleaned
