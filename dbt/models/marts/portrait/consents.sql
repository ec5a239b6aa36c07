{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id', 'purpose', 'valid_from'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'customer_id', 'purpose', 'valid_from'], 'unique': True},
        ],
        on_schema_change='fail',
    )
}}

with

registrations as (

    select * from {{ ref('stg_shop__customers') }}
    {{ touched('customer', 'customer_id') }}

),

order_lines as (

    select * from {{ ref('stg_shop__orders') }}
    {{ touched('customer', 'customer_id') }}

),

behaved as (

    select * from {{ ref('int_customers__behaved') }}
    {{ touched('customer', 'customer_id') }}

),

banked as (

    select * from {{ ref('int_customers__banked') }}
    {{ touched('customer', 'customer_id') }}

),

added as (

    select * from {{ ref('int_interactions__added') }}
    {{ touched('customer', 'customer_id') }}

),

opt_outs as (

    select * from {{ ref('int_email_opt_outs__linked') }}
    {{ touched('customer', 'customer_id') }}

),

consent_rules as (

    select * from {{ ref('consent_rules') }}

),

ordered as (

    select
        business,
        customer_id,
        consents,
        registered_at,
        updated_at,
        loaded_at,
        row_number() over (
            partition by business, customer_id
            order by updated_at asc nulls first, loaded_at asc, position asc, version_id asc
        ) as place
    from registrations

),

-- The first version that is known is what was said when registering.
versions as (

    select
        business,
        customer_id,
        consents,
        place,
        max(
            case
                when place = 1 then coalesce(least(registered_at, updated_at), loaded_at)
                else coalesce(updated_at, loaded_at)
            end
        ) over (partition by business, customer_id order by place) as said_at
    from ordered

),

facts as (

    select
        business,
        customer_id,
        min(ordered_at) as known_at
    from order_lines
    where has_customer
    group by business, customer_id
    union all
    select
        business,
        customer_id,
        first_event_at as known_at
    from behaved
    union all
    select
        business,
        customer_id,
        known_at
    from banked
    union all
    select
        business,
        customer_id,
        min(occurred_at) as known_at
    from added
    group by business, customer_id
    union all
    select
        business,
        customer_id,
        said_at as known_at
    from versions

),

known as (

    select
        business,
        customer_id,
        min(known_at) as known_at
    from facts
    group by business, customer_id

),

statements as (

    select
        known.business,
        known.customer_id,
        consent_rules.purpose,
        known.known_at as said_at,
        0 as place,
        'unregistered' as said_by,
        consent_rules.holds_unregistered as is_granted
    from known
    cross join consent_rules
    union all
    select
        versions.business,
        versions.customer_id,
        consent_rules.purpose,
        versions.said_at,
        versions.place,
        'registration' as said_by,
        coalesce(
            nullif(versions.consents -> consent_rules.consent, 'null'::jsonb) = 'true'::jsonb,
            consent_rules.holds_when_silent
        ) as is_granted
    from versions
    cross join consent_rules
    union all
    select
        known.business,
        known.customer_id,
        'email' as purpose,
        greatest(opt_outs.first_opted_out_at, known.known_at) as said_at,
        null as place,
        'opt_out' as said_by,
        false as is_granted
    from opt_outs
    inner join known
        on opt_outs.business = known.business and opt_outs.customer_id = known.customer_id

),

-- Of what was said at one moment the last holds; after an opt-out nothing else does.
said as (

    select distinct on (statements.business, statements.customer_id, statements.purpose, statements.said_at)
        statements.business,
        statements.customer_id,
        statements.purpose,
        statements.said_at,
        case when opt_outs.customer_id is null then statements.said_by else 'opt_out' end as said_by,
        statements.is_granted and opt_outs.customer_id is null as is_granted
    from statements
    left join opt_outs
        on
            statements.business = opt_outs.business
            and statements.customer_id = opt_outs.customer_id
            and statements.purpose = 'email'
            and statements.said_at >= opt_outs.first_opted_out_at
    order by
        statements.business asc,
        statements.customer_id asc,
        statements.purpose asc,
        statements.said_at asc,
        statements.place desc nulls first

),

compared as (

    select
        *,
        lag(is_granted) over (
            partition by business, customer_id, purpose order by said_at
        ) as was_granted
    from said

),

spans as (

    select
        business,
        customer_id,
        purpose,
        is_granted,
        said_by,
        said_at as valid_from,
        lead(said_at) over (
            partition by business, customer_id, purpose order by said_at
        ) as valid_to
    from compared
    where is_granted is distinct from was_granted

)

select * from spans
