-- Counted again from staging, account by account: what moved is in the cash flows, to the cent; movements of
-- the future or of an unknown direction are not. Rows are failures.
with

movements as (

    select
        business,
        account_id,
        count(*) as movement_count,
        sum(case direction when 'debit' then -abs(amount_as_sent) else abs(amount_as_sent) end) as amount
    from {{ ref('stg_bank__transactions') }}
    where direction in ('credit', 'debit') and not is_future
    group by business, account_id

),

cash_flows as (

    select
        business,
        account_id,
        sum(movement_count) as movement_count,
        sum(amount) as amount
    from {{ ref('cash_flows') }}
    group by business, account_id

)

{{ differences_between('movements', 'cash_flows') }}
