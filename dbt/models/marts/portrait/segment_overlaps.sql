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

),

sets as (

    select
        business,
        segment_id,
        other_segment_id,
        customers
    from told
    union all
    select
        business,
        segment_id,
        segment_id as other_segment_id,
        size as customers
    from segments
    where size is not null

),

close as (

    select
        told.business,
        told.segment_id,
        told.other_segment_id,
        told.customers,
        sets.segment_id as around_id,
        sets.other_segment_id as other_around_id
    from told
    inner join sets on told.business = sets.business
    where sets.customers - told.customers between 1 and {{ smallest_cell() }} - 1

),

within as (

    select
        close.business,
        close.segment_id,
        close.other_segment_id,
        close.around_id,
        close.other_around_id
    from close
    inner join segmented as one
        on close.business = one.business and close.segment_id = one.segment_id
    inner join segmented as other
        on
            close.business = other.business
            and close.other_segment_id = other.segment_id
            and one.customer_id = other.customer_id
    inner join segmented as around
        on
            close.business = around.business
            and close.around_id = around.segment_id
            and one.customer_id = around.customer_id
    inner join segmented as other_around
        on
            close.business = other_around.business
            and close.other_around_id = other_around.segment_id
            and one.customer_id = other_around.customer_id
    group by
        close.business,
        close.segment_id,
        close.other_segment_id,
        close.customers,
        close.around_id,
        close.other_around_id
    having count(*) = close.customers

),

-- Whole within another published count that has few more: both would speak of those few.
kept as (

    select told.*
    from told
    left join within
        on
            told.business = within.business
            and told.segment_id = within.segment_id
            and told.other_segment_id = within.other_segment_id
    where within.segment_id is null

)

select * from kept
