with

portraits as (

    select * from {{ ref('bank_portraits') }}

),

holdings as (

    select * from {{ ref('product_holdings') }}

),

products as (

    select * from {{ ref('products') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

suitability_rules as (

    select * from {{ ref('suitability_rules') }}

),

credit_standings as (

    select * from {{ ref('credit_standings') }}

),

standings as (

    select distinct
        business,
        standing,
        severity
    from credit_standings

),

rules as (

    select
        suitability_rules.*,
        products.kind,
        standings.severity as worst_severity
    from suitability_rules
    inner join products
        on
            suitability_rules.business = products.business
            and suitability_rules.product_id = products.product_id
    left join standings
        on
            suitability_rules.business = standings.business
            and suitability_rules.worst_standing = standings.standing

),

held_kinds as (

    select
        business,
        customer_id,
        kind,
        bool_or(is_open) as is_held,
        max(greatest(opened_at, closed_at)) as last_changed_at
    from holdings
    group by business, customer_id, kind

),

held_products as (

    select
        business,
        customer_id,
        product_id,
        count(*) as held_count
    from holdings
    where is_open
    group by business, customer_id, product_id

),

-- The first rule that a customer fails is the reason; a fact that nobody knows fails the rule that needs it.
judged as (

    select
        portraits.business,
        portraits.customer_id,
        rules.product_id,
        rules.kind,
        case
            when portraits.age is null and coalesce(rules.min_age, rules.max_age) is not null
                then 'age unknown'
            when portraits.age < rules.min_age then 'too young'
            when portraits.age > rules.max_age then 'too old'
            when rules.needs_kind is not null and needed.is_held is not true then 'needs another product'
            when coalesce(held_products.held_count, 0) >= rules.max_held then 'already held'
            when same_kind.last_changed_at > clocks.now_at - rules.cooling_off::interval then 'cooling off'
            when portraits.credit_severity is null and rules.worst_standing is not null
                then 'credit standing unknown'
            when portraits.credit_severity > rules.worst_severity then 'credit standing'
            when portraits.monthly_income is null and rules.min_monthly_income is not null
                then 'income unknown'
            when portraits.monthly_income < rules.min_monthly_income then 'income too low'
            when portraits.balance is null and rules.min_balance is not null then 'balance unknown'
            when portraits.balance < rules.min_balance then 'balance too low'
        end as reason
    from portraits
    inner join rules on portraits.business = rules.business
    left join clocks on portraits.business = clocks.business
    left join held_kinds as needed
        on
            portraits.business = needed.business
            and portraits.customer_id = needed.customer_id
            and rules.needs_kind = needed.kind
    left join held_kinds as same_kind
        on
            portraits.business = same_kind.business
            and portraits.customer_id = same_kind.customer_id
            and rules.kind = same_kind.kind
    left join held_products
        on
            portraits.business = held_products.business
            and portraits.customer_id = held_products.customer_id
            and rules.product_id = held_products.product_id

),

final as (

    select
        business,
        customer_id,
        product_id,
        kind,
        reason is null as is_suitable,
        reason
    from judged

)

select * from final
