-- Counted again from staging: every account is there, and its balance is one that the bank wrote at its last
-- moment. Rows are failures.
with

movements as (

    select
        *,
        max(occurred_at) over (partition by business, account_id) as last_at
    from {{ ref('stg_bank__transactions') }}
    where amount is not null and not is_future

),

expected as (

    select
        business,
        account_id
    from {{ ref('stg_bank__accounts') }}
    union distinct
    select
        business,
        account_id
    from movements

),

found as (

    select
        business,
        account_id
    from {{ ref('deposits') }}

),

differences as (

    {{ differences_between('expected', 'found') }}

),

unwritten as (

    select
        deposits.business,
        deposits.account_id
    from {{ ref('deposits') }} as deposits
    inner join movements
        on deposits.business = movements.business and deposits.account_id = movements.account_id
    where movements.occurred_at = movements.last_at and movements.balance_after is not null
    group by deposits.business, deposits.account_id, deposits.balance
    having not bool_or(movements.balance_after = deposits.balance)

)

select
    business,
    account_id
from differences
union all
select
    business,
    account_id
from unwritten
