{{ config(tags=['campaign', 'learned']) }}

with

interests as (

    select * from {{ ref('interests') }}

),

preferences as (

    select * from {{ ref('preferences') }}

),

asked as (

    select
        business,
        attribute,
        of_value
    from {{ ref('segment_rules') }}
    where of_value is not null
    union distinct
    select
        business,
        attribute,
        of_value
    from {{ source('activation', 'audience_rules') }}
    where of_value is not null

),

stepped as (

    select
        business,
        customer_id,
        dimension || '_share' as attribute,
        share::numeric as share,
        case dimension
            when 'category' then string_to_array(value, ' > ')
            else array[value]
        end as steps
    from preferences

),

-- What is in Tea > Green tea is in Tea too.
within as (

    select
        stepped.business,
        stepped.customer_id,
        stepped.attribute,
        array_to_string(stepped.steps[:depth.steps], ' > ') as of_value,
        stepped.share
    from stepped
    cross join lateral generate_series(1, cardinality(stepped.steps)) as depth (steps)

),

inclinations as (

    select
        business,
        customer_id,
        'interest' as attribute,
        term as of_value,
        trim_scale(round(weight / max(weight) over (partition by business, customer_id), 9)) as inclination
    from interests
    union all
    select
        business,
        customer_id,
        'interest_weight' as attribute,
        term as of_value,
        weight as inclination
    from interests
    union all
    select
        business,
        customer_id,
        attribute,
        of_value,
        sum(share) as inclination
    from within
    group by business, customer_id, attribute, of_value

),

known as (

    select distinct
        business,
        customer_id,
        attribute
    from inclinations

),

-- Whose interests are known and of whom this is none: that is zero, not unknown.
inclined as (

    select distinct
        known.business,
        known.customer_id,
        known.attribute,
        asked.of_value,
        coalesce(inclinations.inclination, 0) as inclination
    from known
    inner join asked on asked.business in ('*', known.business) and known.attribute = asked.attribute
    left join inclinations
        on
            known.business = inclinations.business
            and known.customer_id = inclinations.customer_id
            and known.attribute = inclinations.attribute
            and asked.of_value = inclinations.of_value

)

select * from inclined
