with

campaigns as (

    select * from {{ ref('campaigns') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

assignments as (

    select * from {{ ref('assignments') }}

),

capped as (

    select * from {{ ref('int_contacts__capped') }}

),

offers as (

    select distinct
        business,
        campaign_id,
        customer_id
    from {{ ref('campaign_offers') }}

),

without_offer as (

    select
        assignments.business,
        assignments.campaign_id,
        assignments.customer_id,
        case
            when
                (clocks.now_at at time zone 'UTC')::date
                between campaigns.starts_on and coalesce(campaigns.ends_on, 'infinity')
                then 'no_suitable_offer'
            else 'campaign_does_not_run'
        end as rule_id
    from assignments
    inner join campaigns
        on
            assignments.business = campaigns.business
            and assignments.campaign_id = campaigns.campaign_id
    inner join clocks on assignments.business = clocks.business
    left join capped
        on
            assignments.business = capped.business
            and assignments.campaign_id = capped.campaign_id
            and assignments.customer_id = capped.customer_id
    left join offers
        on
            assignments.business = offers.business
            and assignments.campaign_id = offers.campaign_id
            and assignments.customer_id = offers.customer_id
    where assignments.arm = 'treatment' and capped.customer_id is null and offers.customer_id is null

),

contact_exclusions as (

    select
        business,
        campaign_id,
        customer_id,
        rule_id,
        detail
    from {{ ref('int_contacts__forbidden') }}
    union all
    select
        business,
        campaign_id,
        customer_id,
        held_by as rule_id,
        null as detail
    from assignments
    where arm = 'hold_out'
    union all
    select
        business,
        campaign_id,
        customer_id,
        rule_id,
        detail
    from capped
    union all
    select
        business,
        campaign_id,
        customer_id,
        rule_id,
        null as detail
    from without_offer

)

select * from contact_exclusions
