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

-- Whole within an audience that has few more: both sizes would speak of those few.
nested as (

    select distinct * from ({{ nested_among('sized', 'members', 'audience_id') }}) as found

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
        {{ size_of_no_few('sized', 'nested', 'audience_id') }} as size

    from sized
    left join nested
        on sized.business = nested.business and sized.audience_id = nested.audience_id

)

select * from audience_definitions
