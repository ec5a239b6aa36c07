-- Whoever is in an audience or gets an offer by e-mail may be sent one now. Rows are failures.
{{ config(tags=['campaign']) }}

select
    offers.business,
    offers.campaign_id,
    offers.customer_id
from {{ ref('campaign_offers') }} as offers
left join {{ ref('consents') }} as consents
    on
        offers.business = consents.business
        and offers.customer_id = consents.customer_id
        and consents.purpose = case
            when offers.channel = 'email' then 'email'
            when offers.channel = 'site' then 'personalisation'
            else 'advertising'
        end
        and consents.valid_to is null
where consents.is_granted is not true
