-- Counted again: the hours of a customer weigh as much as their messages and purchases, each by its age.
-- Rows are failures.
with

done as (

    select
        business,
        customer_id,
        message_id as done_id,
        occurred_at
    from {{ ref('int_events__attributed') }}
    where customer_id is not null and {{ if_built('preferences') or 'true' }}
    union all
    select distinct
        business,
        customer_id,
        ordered_at::text as done_id,
        ordered_at as occurred_at
    from {{ ref('order_lines') }}
    where customer_id is not null and {{ if_built('preferences') or 'true' }}

),

moments as (

    select
        business,
        customer_id,
        occurred_at
    from done
    union all
    select
        business,
        customer_id,
        occurred_at
    from {{ ref('interactions') }}
    where {{ if_built('preferences') or 'true' }}
    union all
    select
        business,
        customer_id,
        occurred_at
    from {{ ref('int_email_clicks__attributed') }}
    where {{ if_built('preferences') or 'true' }}

),

latest as (

    select
        business,
        customer_id,
        max(occurred_at) as occurred_at
    from moments
    group by business, customer_id

),

expected as (

    select
        done.business,
        done.customer_id,
        sum(
            exp(
                -ln(2::double precision)
                * extract(epoch from latest.occurred_at - done.occurred_at)
                / extract(epoch from '{{ var("interest_half_life") }}'::interval)
            )
        ) as weight
    from done
    inner join latest on done.business = latest.business and done.customer_id = latest.customer_id
    inner join {{ ref('int_customers__permitted') }} as permitted
        on done.business = permitted.business and done.customer_id = permitted.customer_id
    where permitted.may_analyse
    group by done.business, done.customer_id

),

found as (

    select
        business,
        customer_id,
        sum(weight) as weight
    from {{ ref('preferences') }}
    where dimension = 'hour' and {{ if_built('preferences') or 'true' }}
    group by business, customer_id

)

select
    coalesce(expected.business, found.business) as business,
    coalesce(expected.customer_id, found.customer_id) as customer_id,
    expected.weight,
    found.weight as found_weight
from expected
full join found on expected.business = found.business and expected.customer_id = found.customer_id
where abs(coalesce(expected.weight, 0) - coalesce(found.weight, 0)) > 0.0001
