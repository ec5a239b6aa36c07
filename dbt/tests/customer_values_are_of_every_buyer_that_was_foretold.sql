-- Counted again from what was foretold: its customers, as far as they may be analysed now. Rows are failures.
{{ config(tags=['campaign', 'learned']) }}

with

expected as (

    select
        lifetime_values.business,
        lifetime_values.customer_id,
        lifetime_values.lifetime_value
    from {{ source('ml', 'lifetime_values') }} as lifetime_values
    inner join {{ ref('consents') }} as consents
        on
            lifetime_values.business = consents.business
            and lifetime_values.customer_id = consents.customer_id
            and consents.purpose = 'analytics'
            and consents.is_granted
            and consents.valid_to is null

),

found as (

    select
        business,
        customer_id,
        lifetime_value
    from {{ ref('customer_values') }}

)

{{ differences_between('expected', 'found') }}
