{{ config(tags=['learned']) }}
with

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

targetable as (

    select * from {{ ref('int_customers__targetable') }}

),

attributes as (

    select
        attribute,
        kind
    from {{ ref('segment_attributes') }}
    union all
    select
        attribute,
        kind
    from {{ ref('audience_attributes') }}

),

rules as (

    select
        audience_rules.business,
        audience_rules.audience_id,
        audience_rules.alternative,
        audience_rules.attribute,
        audience_rules.of_value,
        audience_rules.operator,
        audience_rules.value,
        attributes.kind
    from {{ source('activation', 'audience_rules') }} as audience_rules
    inner join attributes on audience_rules.attribute = attributes.attribute

),

compared as (

    select
        permitted.business,
        permitted.customer_id,
        rules.audience_id,
        rules.alternative,
        activation.rule_holds(
            rules.operator, rules.kind, targetable.text_value, targetable.number_value, rules.value
        ) as holds
    from permitted
    inner join rules on rules.business in ('*', permitted.business)
    left join targetable
        on
            permitted.business = targetable.business
            and permitted.customer_id = targetable.customer_id
            and rules.attribute = targetable.attribute
            and rules.of_value is not distinct from targetable.of_value

),

alternatives as (

    select
        business,
        audience_id,
        customer_id,
        alternative = 0 as is_left_out
    from compared
    group by business, audience_id, customer_id, alternative
    having case when alternative = 0 then bool_or(holds) else bool_and(holds) end

),

audiences as (

    select
        business,
        audience_id,
        customer_id
    from alternatives
    group by business, audience_id, customer_id
    having not bool_or(is_left_out)

)

select * from audiences
