with

accounts as (

    select * from {{ ref('stg_bank__accounts') }}
    where is_current

),

holdings as (

    select * from {{ ref('stg_bank__product_holdings') }}
    where is_current and kind = 'BankAccount'

),

-- Who holds an account without a role, or is named by the account itself, owns it.
named as (

    select
        business,
        account_id,
        customer_id,
        coalesce(role, 'owner') = 'owner' as is_owner,
        coalesce(opened_at, loaded_at) as known_at
    from holdings
    where account_id is not null and customer_id is not null
    union all
    select
        business,
        account_id,
        customer_id,
        true as is_owner,
        coalesce(opened_at, loaded_at) as known_at
    from accounts
    where customer_id is not null

),

owned as (

    select
        business,
        account_id,
        customer_id,
        bool_or(is_owner) as is_owner,
        min(known_at) as known_at
    from named
    group by business, account_id, customer_id

)

select * from owned
