-- Counted again from staging: loans, those in arrears and the sums lent, each for every owner of its account.
-- Rows are failures.
with

accounts as (

    select
        business,
        account_id,
        customer_id
    from {{ ref('stg_bank__product_holdings') }}
    where is_current and kind = 'BankAccount' and coalesce(role, 'owner') = 'owner'
    union distinct
    select
        business,
        account_id,
        customer_id
    from {{ ref('stg_bank__accounts') }}
    where is_current

),

loans as (

    select
        business,
        account_id,
        customer_id,
        status,
        amount
    from {{ ref('stg_bank__product_holdings') }}
    where is_current and kind in ('LoanOrCredit', 'MortgageLoan')

),

owed as (

    select
        loans.business,
        coalesce(loans.customer_id, accounts.customer_id) as customer_id,
        loans.amount,
        standings.is_arrears
    from loans
    left join accounts
        on
            loans.business = accounts.business
            and loans.account_id = accounts.account_id
            and loans.customer_id is null
    left join {{ ref('credit_standings') }} as standings
        on
            loans.business = standings.business
            and standings.field = 'status'
            and loans.status = standings.word

),

expected as (

    select
        business,
        customer_id,
        count(*) as loan_count,
        count(*) filter (where is_arrears) as loans_in_arrears,
        coalesce(sum(amount), 0) as amount_lent
    from owed
    where customer_id is not null
    group by business, customer_id

),

found as (

    select
        business,
        customer_id,
        loan_count,
        loans_in_arrears,
        amount_lent
    from {{ ref('credit_histories') }}
    where loan_count > 0

)

{{ differences_between('expected', 'found') }}
