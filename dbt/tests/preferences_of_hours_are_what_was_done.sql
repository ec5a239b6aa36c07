-- Counted again: the hours of a customer weigh as much as their messages and purchases are many.
-- Rows are failures.
with

done as (

    select
        business,
        customer_id,
        message_id as done_id
    from {{ ref('int_events__attributed') }}
    where customer_id is not null
    union all
    select distinct
        business,
        customer_id,
        ordered_at::text as done_id
    from {{ ref('int_order_lines__kept') }}
    where customer_id is not null

),

expected as (

    select
        done.business,
        done.customer_id,
        count(*)::double precision as weight
    from done
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
    where dimension = 'hour'
    group by business, customer_id

)

{{ differences_between('expected', 'found') }}
