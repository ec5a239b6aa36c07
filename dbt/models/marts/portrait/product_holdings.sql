with

holdings as (

    select * from {{ ref('int_product_holdings__held') }}
    where customer_id is not null

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

standings as (

    select * from {{ ref('credit_standings') }}
    where field = 'status'

),

judged as (

    select
        holdings.business,
        holdings.customer_id,
        holdings.kind,
        holdings.holding_id,
        holdings.account_id,
        holdings.product_id,
        holdings.role,
        holdings.status,
        holdings.category as purpose,
        holdings.currency,
        holdings.amount,
        holdings.payment,
        holdings.duration_months,
        coalesce(holdings.closed_at > clocks.now_at, true) and standings.is_running is not false as is_open,
        holdings.opened_at,
        holdings.closed_at
    from holdings
    left join clocks on holdings.business = clocks.business
    left join standings
        on
            holdings.business = standings.business
            and holdings.kind in ('LoanOrCredit', 'MortgageLoan')
            and holdings.status = standings.word

)

select * from judged
