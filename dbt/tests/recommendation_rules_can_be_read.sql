-- A rule has the value that its kind takes, and names both what it speaks of and which, or neither.
-- Rows are failures.
with

recommendation_rules as (

    select * from {{ ref('recommendation_rules') }}

),

unreadable as (

    select
        business,
        rule_id
    from recommendation_rules
    where
        (of_what is null) != (of_value is null)
        or case
            when kind in ('owned', 'suitability') then value is not null
            when kind = 'countries' then value is null
            else value is null or value !~ '^[0-9]+(\.[0-9]+)?$'
        end

)

select * from unreadable
