with

holdings as (

    select * from {{ ref('product_holdings') }}

),

owners as (

    select * from {{ ref('int_accounts__owned') }}
    where is_owner

),

movements as (

    select * from {{ ref('int_movements__kept') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

standings as (

    select * from {{ ref('credit_standings') }}

),

holders as (

    select * from {{ ref('int_customers__banked') }}

),

loans as (

    select
        holdings.*,
        coalesce(standings.standing, 'unknown') as standing,
        standings.severity,
        coalesce(standings.is_arrears, false) as is_in_arrears
    from holdings
    left join standings
        on
            holdings.business = standings.business
            and standings.field = 'status'
            and holdings.status = standings.word
    where holdings.kind in ('LoanOrCredit', 'MortgageLoan')

),

borrowed as (

    select
        business,
        customer_id,
        count(*) as loan_count,
        count(*) filter (where is_open) as open_loan_count,
        count(*) filter (where is_in_arrears) as loans_in_arrears,
        sum(amount) as amount_lent,
        sum(payment) filter (where is_open) as monthly_payment,
        min(opened_at) as first_loan_at,
        max(opened_at) as last_loan_at
    from loans
    group by business, customer_id

),

penalties as (

    select
        owners.business,
        owners.customer_id,
        standings.standing,
        standings.severity,
        movements.occurred_at,
        movements.occurred_at
        >= clocks.now_at - '{{ var("penalty_remembered_for") }}'::interval as is_remembered
    from movements
    inner join standings
        on
            movements.business = standings.business
            and standings.field = 'category'
            and movements.category = standings.word
    inner join owners on movements.business = owners.business and movements.account_id = owners.account_id
    inner join clocks on movements.business = clocks.business

),

penalised as (

    select
        business,
        customer_id,
        count(*) as penalty_count,
        max(occurred_at) as last_penalty_at
    from penalties
    group by business, customer_id

),

signs as (

    select
        business,
        customer_id,
        standing,
        severity
    from loans
    union all
    select
        business,
        customer_id,
        standing,
        severity
    from penalties
    where is_remembered

),

worst as (

    select distinct on (business, customer_id)
        business,
        customer_id,
        standing,
        severity
    from signs
    order by business asc, customer_id asc, severity desc nulls last, standing asc

),

cards as (

    select
        business,
        customer_id,
        count(*) as card_count,
        (array_agg(product_id order by opened_at desc nulls last, holding_id asc))[1] as card_product_id,
        min(opened_at) as first_card_at
    from holdings
    where kind in ('CreditCard', 'PaymentCard') and is_open
    group by business, customer_id

),

joined as (

    select
        holders.business,
        holders.customer_id,
        coalesce(worst.standing, 'no history') as standing,
        case when worst.customer_id is null then 0 else worst.severity end as severity,
        coalesce(borrowed.loan_count, 0) as loan_count,
        coalesce(borrowed.open_loan_count, 0) as open_loan_count,
        coalesce(borrowed.loans_in_arrears, 0) as loans_in_arrears,
        coalesce(borrowed.amount_lent, 0) as amount_lent,
        coalesce(borrowed.monthly_payment, 0) as monthly_payment,
        borrowed.first_loan_at,
        borrowed.last_loan_at,
        coalesce(penalised.penalty_count, 0) as penalty_count,
        penalised.last_penalty_at,
        coalesce(cards.card_count, 0) as card_count,
        cards.card_product_id,
        cards.first_card_at
    from holders
    left join borrowed
        on holders.business = borrowed.business and holders.customer_id = borrowed.customer_id
    left join penalised
        on holders.business = penalised.business and holders.customer_id = penalised.customer_id
    left join worst
        on holders.business = worst.business and holders.customer_id = worst.customer_id
    left join cards
        on holders.business = cards.business and holders.customer_id = cards.customer_id

)

select * from joined
