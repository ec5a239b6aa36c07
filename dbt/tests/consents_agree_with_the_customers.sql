-- What holds now is what the current registration and the opt-outs say, and everyone has an answer for every
-- purpose. Rows are failures.
with

expected as (

    select
        customers.business,
        customers.customer_id,
        customers.may_personalise,
        coalesce(customers.may_email, consent_rules.holds_unregistered) as may_email
    from {{ ref('customers') }} as customers
    cross join {{ ref('consent_rules') }} as consent_rules
    where consent_rules.purpose = 'email'

),

found as (

    select
        business,
        customer_id,
        may_personalise,
        may_email
    from {{ ref('int_customers__permitted') }}

)

{{ differences_between('expected', 'found') }}
