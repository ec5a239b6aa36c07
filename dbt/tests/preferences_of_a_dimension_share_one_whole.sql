-- The shares of a customer in a dimension add up to 1. Rows are failures.
select
    business,
    customer_id,
    dimension,
    sum(share) as shares
from {{ ref('preferences') }}
where {{ if_built('preferences') or 'true' }}
group by business, customer_id, dimension
having abs(sum(share) - 1) > 1e-9
