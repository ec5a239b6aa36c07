{{ config(tags=['campaign', 'learned']) }}

with

lifetime_values as (

    select * from {{ source('ml', 'lifetime_values') }}

),

customers as (

    select * from {{ ref('customers') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

),

valued as (

    select
        lifetime_values.business,
        lifetime_values.customer_id,
        lifetime_values.alive_probability,
        lifetime_values.expected_purchases,
        lifetime_values.churn_risk,
        lifetime_values.expected_purchase_value,
        lifetime_values.lifetime_value,
        customers.currency,
        {{ quintile_of('lifetime_values.lifetime_value', 'lifetime_values.business') }}
            as lifetime_value_quintile
    from lifetime_values
    inner join customers
        on
            lifetime_values.business = customers.business
            and lifetime_values.customer_id = customers.customer_id
    inner join permitted
        on
            lifetime_values.business = permitted.business
            and lifetime_values.customer_id = permitted.customer_id
    where permitted.may_analyse

)

select * from valued
