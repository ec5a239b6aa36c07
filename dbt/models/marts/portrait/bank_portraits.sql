with

customers as (

    select * from {{ ref('customers') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

registrations as (

    select * from {{ ref('stg_shop__customers') }}
    where is_current

),

regions as (

    select * from {{ ref('stg_bank__regions') }}
    where is_current

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

holdings as (

    select * from {{ ref('product_holdings') }}

),

owners as (

    select * from {{ ref('int_accounts__owned') }}
    where is_owner

),

deposits as (

    select * from {{ ref('deposits') }}

),

cash_flows as (

    select * from {{ ref('cash_flows') }}

),

credit_histories as (

    select * from {{ ref('credit_histories') }}

),

deposit_bands as (

    select * from {{ ref('deposit_bands') }}

),

banks as (

    select distinct business from deposits

),

held as (

    select
        business,
        customer_id,
        min(opened_at) as customer_since,
        count(*) filter (where is_open) as open_holding_count,
        count(distinct kind) filter (where is_open) as kind_count,
        string_agg(distinct product_id, ', ' order by product_id) filter (where is_open) as products_held
    from holdings
    group by business, customer_id

),

balanced as (

    select
        owners.business,
        owners.customer_id,
        count(*) as account_count,
        sum(deposits.balance) filter (where deposits.closed_at is null or deposits.closed_at > clocks.now_at)
            as balance,
        max(deposits.last_movement_at) as last_movement_at
    from owners
    inner join deposits on owners.business = deposits.business and owners.account_id = deposits.account_id
    left join clocks on owners.business = clocks.business
    group by owners.business, owners.customer_id

),

deposited as (

    select
        *,
        {{ deposit_band_of('balanced') }} as band
    from balanced

),

flows as (

    select
        owners.business,
        owners.customer_id,
        cash_flows.month_on,
        cash_flows.direction,
        cash_flows.purpose,
        cash_flows.amount,
        max(cash_flows.month_on) over (partition by owners.business, owners.customer_id)
        - '{{ var("money_pattern_takes") }}'::interval as before_on,
        max(cash_flows.month_on) over (partition by owners.business, owners.customer_id) as last_month_on
    from owners
    inner join cash_flows
        on owners.business = cash_flows.business and owners.account_id = cash_flows.account_id

),

recent_flows as (

    select * from flows
    where month_on > before_on

),

purposes as (

    select distinct on (business, customer_id)
        business,
        customer_id,
        purpose
    from recent_flows
    where direction = 'debit'
    group by business, customer_id, purpose
    order by business, customer_id, sum(amount), purpose

),

patterns as (

    select
        business,
        customer_id,
        sum(amount) filter (where direction = 'credit') as income,
        -sum(amount) filter (where direction = 'debit') as spending,
        12 * (extract(year from max(last_month_on)) - extract(year from min(month_on)))
        + extract(month from max(last_month_on)) - extract(month from min(month_on)) + 1 as months
    from recent_flows
    group by business, customer_id

),

joined as (

    select
        -- ids
        customers.business,
        customers.customer_id,

        -- person
        (extract(year from clocks.now_at at time zone 'UTC') - customers.birth_year)::bigint as age,
        customers.gender,
        registrations.region_id,
        regions.name as region,
        regions.part_of as region_part_of,
        regions.population as region_population,
        regions.attributes as region_figures,

        -- relation
        held.customer_since,
        coalesce(deposited.account_count, 0) as account_count,
        coalesce(held.open_holding_count, 0) as open_holding_count,
        coalesce(held.kind_count, 0) as kind_count,
        coalesce(held.products_held, '') as products_held,

        -- deposits
        deposited.balance,
        deposited.band as deposit_band,
        deposited.last_movement_at,

        -- income and spending
        patterns.months::bigint as months_observed,
        round(coalesce(patterns.income, 0) / patterns.months, 2) as monthly_income,
        round(coalesce(patterns.spending, 0) / patterns.months, 2) as monthly_spending,
        purposes.purpose as main_spending,

        -- credit
        coalesce(credit_histories.standing, 'no history') as credit_standing,
        case
            when credit_histories.customer_id is null then 0 else credit_histories.severity
        end as credit_severity,
        coalesce(credit_histories.loan_count, 0) as loan_count,
        coalesce(credit_histories.open_loan_count, 0) as open_loan_count,
        coalesce(credit_histories.amount_lent, 0) as amount_lent,
        coalesce(credit_histories.card_count, 0) as card_count,
        credit_histories.card_product_id

    from customers
    inner join banks on customers.business = banks.business
    inner join permitted
        on customers.business = permitted.business and customers.customer_id = permitted.customer_id
    left join clocks on customers.business = clocks.business
    left join registrations
        on customers.business = registrations.business and customers.customer_id = registrations.customer_id
    left join regions
        on registrations.business = regions.business and registrations.region_id = regions.region_id
    left join held
        on customers.business = held.business and customers.customer_id = held.customer_id
    left join deposited
        on customers.business = deposited.business and customers.customer_id = deposited.customer_id
    left join patterns
        on customers.business = patterns.business and customers.customer_id = patterns.customer_id
    left join purposes
        on customers.business = purposes.business and customers.customer_id = purposes.customer_id
    left join credit_histories
        on
            customers.business = credit_histories.business
            and customers.customer_id = credit_histories.customer_id

)

select * from joined
