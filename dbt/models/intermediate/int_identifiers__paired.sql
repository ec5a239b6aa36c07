with

events as (

    select * from {{ ref('stg_shop__events') }}

),

bots as (

    select * from {{ ref('int_events__bot_flagged') }}

),

customers as (

    select * from {{ ref('stg_shop__customers') }}

),

order_lines as (

    select * from {{ ref('stg_shop__orders') }}

),

email_events as (

    select * from {{ ref('stg_shop__email_events') }}

),

rules as (

    select * from {{ ref('identity_rules') }}

),

unmerges as (

    select * from {{ ref('identity_unmerges') }}

),

messages as (

    select
        events.business,
        events.type,
        events.anonymous_id,
        events.user_id,
        events.previous_id,
        encode(events.email_index, 'hex') as email,
        events.occurred_at
    from events
    left join bots on events.business = bots.business and events.message_id = bots.message_id
    where
        bots.message_id is null
        and not events.is_future
        and (events.user_id is not null or events.previous_id is not null or events.email_index is not null)

),

-- A registration without any time is as old as raw allows: when it was loaded says nothing about it.
registrations as (

    select
        business,
        customer_id,
        encode(email_index, 'hex') as email,
        encode(phone_index, 'hex') as phone,
        coalesce(updated_at, registered_at, '1990-01-01 00:00:00+00') as seen_at
    from customers

),

-- An alias may name a device or a customer: whoever ever registered, ordered or logged in is a customer.
accounts as (

    select
        business,
        customer_id
    from registrations
    union distinct
    select
        business,
        customer_id
    from order_lines
    where has_customer
    union distinct
    select
        business,
        user_id as customer_id
    from messages
    where user_id is not null

),

aliases as (

    select
        messages.business,
        case when accounts.customer_id is null then 'device' else 'customer' end as kind,
        messages.previous_id as identifier,
        case when messages.user_id is null then 'device' else 'customer' end as other_kind,
        coalesce(messages.user_id, messages.anonymous_id) as other_identifier,
        'alias' as rule,
        messages.occurred_at as seen_at
    from messages
    left join accounts
        on messages.business = accounts.business and messages.previous_id = accounts.customer_id
    where messages.type = 'alias' and messages.previous_id is not null

),

logins as (

    select
        business,
        'device' as kind,
        anonymous_id as identifier,
        'customer' as other_kind,
        user_id as other_identifier,
        'login' as rule,
        occurred_at as seen_at
    from messages
    where user_id is not null

),

stated as (

    select
        business,
        'email' as kind,
        email as identifier,
        case when user_id is null then 'device' else 'customer' end as other_kind,
        coalesce(user_id, anonymous_id) as other_identifier,
        'stated_email' as rule,
        occurred_at as seen_at
    from messages

),

registered as (

    select
        business,
        'email' as kind,
        email as identifier,
        'customer' as other_kind,
        customer_id as other_identifier,
        'registered_email' as rule,
        seen_at
    from registrations
    union all
    select
        business,
        'phone' as kind,
        phone as identifier,
        'customer' as other_kind,
        customer_id as other_identifier,
        'registered_phone' as rule,
        seen_at
    from registrations

),

mailed as (

    select
        business,
        'email' as kind,
        encode(email_index, 'hex') as identifier,
        'customer' as other_kind,
        customer_id as other_identifier,
        'mailed_email' as rule,
        occurred_at as seen_at
    from email_events

),

unioned as (

    select * from logins
    union all
    select * from aliases
    union all
    select * from stated
    union all
    select * from registered
    union all
    select * from mailed

),

-- A pair is one, whichever of the two is named first: the customer stands last, else the lesser first.
ordered as (

    select
        *,
        (kind = 'customer', kind, identifier)
        > (other_kind = 'customer', other_kind, other_identifier) as is_turned
    from unioned
    where identifier is not null and other_identifier is not null

),

turned as (

    select
        business,
        case when is_turned then other_kind else kind end as kind,
        case when is_turned then other_identifier else identifier end as identifier,
        case when is_turned then kind else other_kind end as other_kind,
        case when is_turned then identifier else other_identifier end as other_identifier,
        rule,
        seen_at
    from ordered
    where (kind, identifier) != (other_kind, other_identifier)

),

grouped as (

    select
        business,
        kind,
        identifier,
        other_kind,
        other_identifier,
        rule,
        min(seen_at) as seen_at
    from turned
    group by business, kind, identifier, other_kind, other_identifier, rule

),

parted as (

    select
        business,
        kind,
        identifier,
        other_kind,
        other_identifier,
        unmerged_at
    from unmerges
    union all
    select
        business,
        other_kind as kind,
        other_identifier as identifier,
        kind as other_kind,
        identifier as other_identifier,
        unmerged_at
    from unmerges

),

ended as (

    select
        business,
        kind,
        identifier,
        other_kind,
        other_identifier,
        min(unmerged_at) as unmerged_at
    from parted
    group by business, kind, identifier, other_kind, other_identifier

),

paired as (

    select
        grouped.business,
        grouped.kind,
        grouped.identifier,
        grouped.other_kind,
        grouped.other_identifier,
        rules.source,
        grouped.rule,
        rules.confidence,
        grouped.seen_at,
        ended.unmerged_at
    from grouped
    inner join rules on grouped.rule = rules.rule
    left join ended
        on
            grouped.business = ended.business
            and grouped.kind = ended.kind
            and grouped.identifier = ended.identifier
            and grouped.other_kind = ended.other_kind
            and grouped.other_identifier = ended.other_identifier
    where rules.confidence >= {{ var("identity_confidence_from") }}

)

select * from paired
