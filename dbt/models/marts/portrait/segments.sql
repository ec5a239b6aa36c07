{{ config(tags=['campaign', 'learned']) }}

with

segment_names as (

    select * from {{ ref('segment_names') }}

),

segment_rules as (

    select * from {{ ref('segment_rules') }}

),

segmented as (

    select * from {{ ref('int_customers__segmented') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

businesses as (

    select
        business,
        count(*) as customers
    from permitted
    group by business

),

alternatives as (

    select
        business,
        segment_id,
        alternative,
        string_agg(
            concat_ws(' ', attribute, 'of ' || of_value, operator, value),
            ' and ' order by attribute, of_value, operator
        ) as words
    from segment_rules
    group by business, segment_id, alternative

),

worded as (

    select
        business,
        segment_id,
        string_agg(words, ' or ' order by alternative) as rules
    from alternatives
    group by business, segment_id

),

sizes as (

    select
        business,
        segment_id,
        count(*) as customers
    from segmented
    group by business, segment_id

),

sized as (

    select
        businesses.business,
        segment_names.segment_id,
        segment_names.name,
        segment_names.description,
        worded.rules,
        coalesce(sizes.customers, 0) as size,
        businesses.customers - coalesce(sizes.customers, 0) as others
    from businesses
    inner join segment_names on segment_names.business in ('*', businesses.business)
    inner join worded
        on segment_names.business = worded.business and segment_names.segment_id = worded.segment_id
    left join sizes
        on businesses.business = sizes.business and segment_names.segment_id = sizes.segment_id

),

-- Whole within a segment that has few more: both sizes would speak of those few.
nested as (

    select distinct * from ({{ nested_among('sized', 'segmented', 'segment_id') }}) as found

),

suppressed as (

    select
        sized.business,
        sized.segment_id,
        sized.name,
        sized.description,
        sized.rules,
        {{ size_of_no_few('sized', 'nested', 'segment_id') }} as size
    from sized
    left join nested
        on sized.business = nested.business and sized.segment_id = nested.segment_id

)

select * from suppressed
