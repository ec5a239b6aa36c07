with

messages as (

    select * from {{ ref('int_identifiers__stated') }}

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
        messages.seen_at
    from messages
    left join accounts
        on messages.business = accounts.business and messages.previous_id = accounts.customer_id
    where messages.previous_id is not null

),

logins as (

    select
        business,
        'device' as kind,
        anonymous_id as identifier,
        'customer' as other_kind,
        user_id as other_identifier,
        'login' as rule,
        seen_at
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
        seen_at
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

sighted as (

    select
        business,
        kind,
        identifier,
        other_kind,
        other_identifier,
        rule,
        min(seen_at) as seen_at
    from unioned
    where identifier is not null and other_identifier is not null
    group by business, kind, identifier, other_kind, other_identifier, rule

)

select * from sighted
