{{ config(tags=['campaign']) }}

with

campaigns as (

    select * from {{ ref('campaigns') }}

),

audiences as (

    select * from {{ ref('audiences') }}

),

consents as (

    select * from {{ ref('consents') }}
    where valid_to is null

),

email_events as (

    select * from {{ ref('int_email_events__attributed') }}

),

registrations as (

    select * from {{ ref('stg_shop__customers') }}
    where is_current

),

reachable as (

    select
        business,
        customer_id,
        'email' as address
    from registrations
    where email_index is not null
    union all
    select
        business,
        customer_id,
        'email or phone' as address
    from registrations
    where coalesce(email_index, phone_index) is not null

),

-- Where a business hands in any address, a list needs one; where none, its tool knows who is who.
handing_in as (

    select distinct
        business,
        address
    from reachable

),

purposes as (

    select
        campaigns.business,
        campaigns.campaign_id,
        campaigns.audience_id,
        channel_addresses.address,
        coalesce(channel_purposes.purpose, 'advertising') as purpose
    from campaigns
    left join {{ ref('channel_purposes') }} as channel_purposes
        on campaigns.channel = channel_purposes.channel
    left join {{ ref('channel_addresses') }} as channel_addresses
        on campaigns.channel = channel_addresses.channel

),

candidates as (

    select
        purposes.business,
        purposes.campaign_id,
        purposes.address,
        purposes.purpose,
        audiences.customer_id
    from purposes
    inner join audiences
        on
            purposes.business = audiences.business
            and purposes.audience_id = audiences.audience_id

),

suppressed as (

    select
        business,
        customer_id,
        'unsubscribed' as rule_id,
        first_opted_out_at as since
    from {{ ref('int_email_opt_outs__linked') }}
    union all
    select
        business,
        customer_id,
        'complained' as rule_id,
        min(occurred_at) as since
    from email_events
    where event = 'Email Marked as Spam'
    group by business, customer_id
    union all
    select
        business,
        customer_id,
        'bounced' as rule_id,
        max(occurred_at) filter (where event = 'Email Bounced') as since
    from email_events
    group by business, customer_id
    having
        max(occurred_at) filter (where event = 'Email Bounced')
        > coalesce(max(occurred_at) filter (where event = 'Email Delivered'), '-infinity')

),

forbidden as (

    select
        candidates.business,
        candidates.campaign_id,
        candidates.customer_id,
        'no_consent' as rule_id,
        candidates.purpose as detail
    from candidates
    left join consents
        on
            candidates.business = consents.business
            and candidates.customer_id = consents.customer_id
            and candidates.purpose = consents.purpose
    where consents.is_granted is not true
    union all
    select
        candidates.business,
        candidates.campaign_id,
        candidates.customer_id,
        'no_address' as rule_id,
        candidates.address as detail
    from candidates
    inner join handing_in
        on candidates.business = handing_in.business and candidates.address = handing_in.address
    left join reachable
        on
            candidates.business = reachable.business
            and candidates.customer_id = reachable.customer_id
            and candidates.address = reachable.address
    where reachable.customer_id is null
    union all
    select
        candidates.business,
        candidates.campaign_id,
        candidates.customer_id,
        suppressed.rule_id,
        'since ' || to_char(suppressed.since at time zone 'UTC', 'YYYY-MM-DD') as detail
    from candidates
    inner join suppressed
        on candidates.business = suppressed.business and candidates.customer_id = suppressed.customer_id
    where candidates.purpose = 'email'

)

select * from forbidden
