with

holdings as (

    select * from {{ ref('stg_bank__product_holdings') }}
    where is_current

),

accounts as (

    select * from {{ ref('stg_bank__accounts') }}
    where is_current

),

owners as (

    select * from {{ ref('int_accounts__owned') }}
    where is_owner

),

held as (

    select
        -- ids
        holdings.business,
        holdings.kind,
        holdings.holding_id,
        coalesce(holdings.customer_id, owners.customer_id) as customer_id,
        holdings.account_id,
        holdings.product_id,

        -- text
        holdings.role,
        holdings.status,
        holdings.category,
        holdings.currency,

        -- numerics
        holdings.amount,
        holdings.payment,
        holdings.duration_months,

        -- timestamps
        coalesce(
            holdings.opened_at, case when holdings.kind = 'BankAccount' then accounts.opened_at end
        ) as opened_at,
        coalesce(holdings.closed_at, accounts.closed_at) as closed_at,
        holdings.loaded_at

    from holdings
    left join accounts
        on holdings.business = accounts.business and holdings.account_id = accounts.account_id
    left join owners
        on
            holdings.business = owners.business
            and holdings.account_id = owners.account_id
            and holdings.customer_id is null

)

select * from held
