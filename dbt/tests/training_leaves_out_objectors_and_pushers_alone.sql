-- Counted again: a model learns from all interactions but those of customers who object or push.
-- Rows are failures.
with

expected as (

    select
        interactions.business,
        count(*) as interactions
    from {{ ref('interactions') }} as interactions
    inner join {{ ref('customers') }} as customers
        on interactions.business = customers.business and interactions.customer_id = customers.customer_id
    left join {{ ref('int_pushers__found') }} as pushers
        on interactions.business = pushers.business and interactions.customer_id = pushers.customer_id
    where
        customers.may_personalise
        and pushers.customer_id is null
        and {{
            if_built('training_interactions', 'interactions.customer_id', 'interactions.business')
            or 'true'
        }}
    group by interactions.business

),

found as (

    select
        business,
        count(*) as interactions
    from {{ ref('training_interactions') }}
    where {{ if_built('training_interactions') or 'true' }}
    group by business

)

{{ differences_between('expected', 'found') }}
