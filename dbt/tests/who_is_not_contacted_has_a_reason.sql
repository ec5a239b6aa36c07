-- Every member of a campaign's audience has an offer or a reason why not, and never both. Rows are failures.
{{ config(tags=['campaign']) }}

with members as (

    select
        campaigns.business,
        campaigns.campaign_id,
        audiences.customer_id
    from {{ ref('campaigns') }} as campaigns
    inner join {{ ref('audiences') }} as audiences
        on
            campaigns.business = audiences.business
            and campaigns.audience_id = audiences.audience_id

),

reached as (

    select distinct
        business,
        campaign_id,
        customer_id
    from {{ ref('campaign_offers') }}

),

excluded as (

    select distinct
        business,
        campaign_id,
        customer_id
    from {{ ref('contact_exclusions') }}

)

select
    members.business,
    members.campaign_id,
    members.customer_id
from members
left join reached
    on
        members.business = reached.business
        and members.campaign_id = reached.campaign_id
        and members.customer_id = reached.customer_id
left join excluded
    on
        members.business = excluded.business
        and members.campaign_id = excluded.campaign_id
        and members.customer_id = excluded.customer_id
where (reached.customer_id is null) = (excluded.customer_id is null)
