{{ config(tags=['campaign', 'learned']) }}

with

characterised as (

    select * from {{ ref('int_customers__characterised') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

segment_attributes as (

    select * from {{ ref('segment_attributes') }}

),

rules as (

    select
        segment_rules.business,
        segment_rules.segment_id,
        segment_rules.alternative,
        segment_rules.attribute,
        segment_rules.of_value,
        segment_rules.operator,
        segment_rules.value,
        case
            when segment_attributes.kind = 'number' and segment_rules.operator in ('=', '<', '<=', '>', '>=')
                then segment_rules.value::numeric
        end as number_value
    from {{ ref('segment_rules') }} as segment_rules
    inner join segment_attributes on segment_rules.attribute = segment_attributes.attribute

),

compared as (

    select
        permitted.business,
        permitted.customer_id,
        rules.segment_id,
        rules.alternative,
        coalesce(
            case rules.operator
                when 'in' then characterised.text_value = any(string_to_array(rules.value, '|'))
                when 'not in' then characterised.text_value <> all(string_to_array(rules.value, '|'))
                when 'starts with' then starts_with(characterised.text_value, rules.value)
                when '<' then characterised.number_value < rules.number_value
                when '<=' then characterised.number_value <= rules.number_value
                when '>' then characterised.number_value > rules.number_value
                when '>=' then characterised.number_value >= rules.number_value
                when '='
                    then
                        case
                            when rules.number_value is null then characterised.text_value = rules.value
                            else characterised.number_value = rules.number_value
                        end
                else false
            end,
            rules.operator = 'not in'
        ) as holds
    from permitted
    inner join rules on rules.business in ('*', permitted.business)
    left join characterised
        on
            permitted.business = characterised.business
            and permitted.customer_id = characterised.customer_id
            and rules.attribute = characterised.attribute
            and rules.of_value is not distinct from characterised.of_value

),

alternatives as (

    select
        business,
        customer_id,
        segment_id,
        alternative
    from compared
    group by business, customer_id, segment_id, alternative
    having bool_and(holds)

),

segmented as (

    select distinct
        business,
        segment_id,
        customer_id
    from alternatives

)

select * from segmented
