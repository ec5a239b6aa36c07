with

accounts as (

    select * from {{ ref('stg_bank__accounts') }}
    where is_current

),

balances as (

    select * from {{ ref('int_accounts__balanced') }}

),

deposit_bands as (

    select * from {{ ref('deposit_bands') }}

),

ids as (

    select
        business,
        account_id
    from accounts
    union distinct
    select
        business,
        account_id
    from balances

),

joined as (

    select
        ids.business,
        ids.account_id,
        accounts.kind,
        coalesce(accounts.currency, balances.currency) as currency,
        coalesce(balances.balance, accounts.balance) as balance,
        balances.lowest_balance,
        coalesce(balances.movement_count, 0) as movement_count,
        accounts.opened_at,
        accounts.closed_at,
        balances.first_movement_at,
        balances.last_movement_at
    from ids
    left join accounts on ids.business = accounts.business and ids.account_id = accounts.account_id
    left join balances on ids.business = balances.business and ids.account_id = balances.account_id

),

banded as (

    select
        business,
        account_id,
        kind,
        currency,
        balance,
        {{ deposit_band_of('joined') }} as band,
        lowest_balance,
        movement_count,
        opened_at,
        closed_at,
        first_movement_at,
        last_movement_at
    from joined

)

select * from banded
