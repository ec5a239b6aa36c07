-- Counted again from staging: each holding with a customer or with an owner of its account is there.
-- Rows are failures.
with

holdings as (

    select * from {{ ref('stg_bank__product_holdings') }}
    where is_current

),

owned as (

    select
        business,
        account_id
    from holdings
    where kind = 'BankAccount' and customer_id is not null and coalesce(role, 'owner') = 'owner'
    union distinct
    select
        business,
        account_id
    from {{ ref('stg_bank__accounts') }}
    where is_current and customer_id is not null

),

expected as (

    select
        holdings.business,
        holdings.kind,
        holdings.holding_id
    from holdings
    left join owned on holdings.business = owned.business and holdings.account_id = owned.account_id
    where coalesce(holdings.customer_id, owned.account_id) is not null

),

found as (

    select
        business,
        kind,
        holding_id
    from {{ ref('product_holdings') }}

)

{{ differences_between('expected', 'found') }}
