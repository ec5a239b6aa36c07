-- Counted again from staging: who registered, ordered or logged in is a customer, and nobody else.
-- Rows are failures.
with

expected as (

    select
        business,
        customer_id
    from {{ ref('stg_shop__customers') }}
    union distinct
    select
        business,
        customer_id
    from {{ ref('stg_shop__orders') }}
    where customer_id is not null
    union distinct
    select
        business,
        user_id as customer_id
    from {{ ref('stg_shop__events') }}
    where user_id is not null and not is_bot and not is_future

),

found as (

    select
        business,
        customer_id
    from {{ ref('customers') }}

)

{{ differences_between('expected', 'found') }}
