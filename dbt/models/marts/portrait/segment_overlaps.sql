{{ config(tags=['campaign', 'learned']) }}

with

segmented as (

    select * from {{ ref('int_customers__segmented') }}

),

segments as (

    select * from {{ ref('segments') }}

),

pairs as (

    select
        one.business,
        one.segment_id,
        other.segment_id as other_segment_id,
        count(*) as customers
    from segmented as one
    inner join segmented as other
        on
            one.business = other.business
            and one.customer_id = other.customer_id
            and one.segment_id < other.segment_id
    group by one.business, one.segment_id, other.segment_id

),

-- What one segment has beyond the other must not speak of few either: it is a subtraction away.
told as (

    select
        pairs.business,
        pairs.segment_id,
        pairs.other_segment_id,
        pairs.customers,
        pairs.customers::double precision / one.size as rate_of_segment,
        pairs.customers::double precision / other.size as rate_of_other_segment
    from pairs
    inner join segments as one
        on pairs.business = one.business and pairs.segment_id = one.segment_id
    inner join segments as other
        on pairs.business = other.business and pairs.other_segment_id = other.segment_id
    where
        pairs.customers >= {{ smallest_cell() }}
        and one.size - pairs.customers not between 1 and {{ smallest_cell() }} - 1
        and other.size - pairs.customers not between 1 and {{ smallest_cell() }} - 1

)

select * from told
