-- A product that a suitability rule keeps from a customer is not offered. Rows are failures.
{{ config(tags=['campaign']) }}

select
    offers.business,
    offers.campaign_id,
    offers.customer_id,
    offers.product_id
from {{ ref('campaign_offers') }} as offers
inner join {{ ref('product_suitability') }} as suitability
    on
        offers.business = suitability.business
        and offers.customer_id = suitability.customer_id
        and offers.product_id = suitability.product_id
where not suitability.is_suitable
