-- A hold-out that gets offers measures nothing. Rows are failures.
{{ config(tags=['campaign']) }}

select
    offers.business,
    offers.campaign_id,
    offers.customer_id
from {{ ref('campaign_offers') }} as offers
left join {{ ref('assignments') }} as assignments
    on
        offers.business = assignments.business
        and offers.campaign_id = assignments.campaign_id
        and offers.customer_id = assignments.customer_id
where assignments.arm is distinct from 'treatment'
