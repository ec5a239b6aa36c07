with

holdings as (

    select * from {{ ref('int_product_holdings__held') }}

),

accounts as (

    select * from {{ ref('int_accounts__owned') }}

),

banked as (

    select
        business,
        customer_id
    from holdings
    where customer_id is not null
    union distinct
    select
        business,
        customer_id
    from accounts

)

select * from banked
