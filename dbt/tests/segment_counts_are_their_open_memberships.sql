-- Counted again from memberships: what segments and overlaps tell is true and speaks of no few.
-- Rows are failures.
{{ config(tags=['campaign', 'learned']) }}

with

members as (

    select * from {{ ref('segment_memberships') }}
    where left_at is null

),

told as (

    select
        business,
        segment_id,
        segment_id as other_segment_id,
        size as customers
    from {{ ref('segments') }}
    where size is not null
    union all
    select
        business,
        segment_id,
        other_segment_id,
        customers
    from {{ ref('segment_overlaps') }}

),

counted as (

    select
        told.business,
        told.segment_id,
        told.other_segment_id,
        told.customers,
        count(*) as members
    from told
    left join members as one
        on told.business = one.business and told.segment_id = one.segment_id
    inner join members as other
        on
            told.business = other.business
            and told.other_segment_id = other.segment_id
            and one.customer_id = other.customer_id
    group by told.business, told.segment_id, told.other_segment_id, told.customers

)

select
    told.business,
    told.segment_id,
    told.other_segment_id,
    told.customers,
    counted.members
from told
left join counted
    on
        told.business = counted.business
        and told.segment_id = counted.segment_id
        and told.other_segment_id = counted.other_segment_id
where
    told.customers is distinct from counted.members
    or told.customers < {{ smallest_cell() }}
