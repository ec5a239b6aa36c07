with

transactions as (

    select * from {{ ref('stg_bank__transactions') }}

),

kept as (

    select
        business,
        transaction_id,
        account_id,
        direction,
        coalesce(category, kind, 'other') as purpose,
        category,
        currency,
        amount,
        balance_after,
        occurred_at
    from transactions
    where amount is not null and not is_future

)

select * from kept
