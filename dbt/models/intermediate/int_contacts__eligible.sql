{{ config(tags=['campaign']) }}

with

campaigns as (

    select * from {{ ref('campaigns') }}

),

audiences as (

    select * from {{ ref('audiences') }}

),

forbidden as (

    select distinct
        business,
        campaign_id,
        customer_id
    from {{ ref('int_contacts__forbidden') }}

),

eligible as (

    select
        campaigns.business,
        campaigns.campaign_id,
        audiences.customer_id,
        campaigns.salt,
        campaigns.hold_out_share
    from campaigns
    inner join audiences
        on
            campaigns.business = audiences.business
            and campaigns.audience_id = audiences.audience_id
    left join forbidden
        on
            campaigns.business = forbidden.business
            and campaigns.campaign_id = forbidden.campaign_id
            and audiences.customer_id = forbidden.customer_id
    where forbidden.customer_id is null

)

select * from eligible
