{{ config(tags=['learned']) }}
with

definitions as (

    select * from {{ source('activation', 'audiences') }}
    where is_current

),

members as (

    select * from {{ ref('audiences') }}

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

sizes as (

    select
        business,
        audience_id,
        count(*) as customers
    from members
    group by business, audience_id

),

sized as (

    select
        businesses.business,
        definitions.audience_id,
        definitions.version,
        definitions.name,
        definitions.description,
        definitions.definition,
        coalesce(sizes.customers, 0) as size,
        businesses.customers - coalesce(sizes.customers, 0) as others
    from businesses
    inner join definitions on definitions.business in ('*', businesses.business)
    left join sizes
        on businesses.business = sizes.business and definitions.audience_id = sizes.audience_id

),

close as (

    select
        one.business,
        one.audience_id,
        other.audience_id as other_audience_id,
        one.size
    from sized as one
    inner join sized as other on one.business = other.business
    where other.size - one.size between 1 and {{ smallest_cell() }} - 1

),

within as (

    select
        close.business,
        close.audience_id,
        close.other_audience_id
    from close
    inner join members as one
        on close.business = one.business and close.audience_id = one.audience_id
    inner join members as other
        on
            close.business = other.business
            and close.other_audience_id = other.audience_id
            and one.customer_id = other.customer_id
    group by close.business, close.audience_id, close.other_audience_id, close.size
    having count(*) = close.size

),

-- Whole within an audience that has few more: both sizes would speak of those few.
nested as (

    select distinct
        business,
        audience_id
    from within

),

audience_definitions as (

    select
        -- ids
        sized.business,
        sized.audience_id,

        -- text
        sized.version,
        sized.name,
        sized.description,
        sized.definition,

        -- numerics
        case
            when
                sized.size >= {{ smallest_cell() }}
                and sized.others not between 1 and {{ smallest_cell() }} - 1
                and nested.audience_id is null
                then sized.size
        end as size

    from sized
    left join nested
        on sized.business = nested.business and sized.audience_id = nested.audience_id

)

select * from audience_definitions
