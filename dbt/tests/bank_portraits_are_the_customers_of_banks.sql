-- Counted again from staging: every customer of a business with accounts has a portrait, and nobody
-- else. Rows are failures.
with

banks as (

    select business from {{ ref('stg_bank__accounts') }}
    union distinct
    select business from {{ ref('stg_bank__transactions') }}
    where amount is not null and not is_future

),

expected as (

    select
        customers.business,
        customers.customer_id
    from {{ ref('customers') }} as customers
    inner join banks on customers.business = banks.business
    inner join {{ ref('int_customers__permitted') }} as permitted
        on customers.business = permitted.business and customers.customer_id = permitted.customer_id
    where permitted.may_analyse

),

found as (

    select
        business,
        customer_id
    from {{ ref('bank_portraits') }}

)

{{ differences_between('expected', 'found') }}
