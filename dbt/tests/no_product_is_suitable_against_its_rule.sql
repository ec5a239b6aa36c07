-- Judged again by each rule on its own: what is suitable fails none, and no customer or product is left out.
-- Rows are failures.
with

rules as (

    select
        suitability_rules.*,
        (
            select min(credit_standings.severity)
            from {{ ref('credit_standings') }} as credit_standings
            where
                credit_standings.business = suitability_rules.business
                and credit_standings.standing = suitability_rules.worst_standing
        ) as worst_severity
    from {{ ref('suitability_rules') }} as suitability_rules

),

unjudged as (

    select
        portraits.business,
        portraits.customer_id,
        rules.product_id
    from {{ ref('bank_portraits') }} as portraits
    inner join rules on portraits.business = rules.business
    inner join {{ ref('products') }} as products
        on rules.business = products.business and rules.product_id = products.product_id
    except
    select
        business,
        customer_id,
        product_id
    from {{ ref('product_suitability') }}

),

wrongly_suitable as (

    select
        judged.business,
        judged.customer_id,
        judged.product_id
    from {{ ref('product_suitability') }} as judged
    inner join rules on judged.business = rules.business and judged.product_id = rules.product_id
    inner join {{ ref('bank_portraits') }} as portraits
        on judged.business = portraits.business and judged.customer_id = portraits.customer_id
    where
        judged.is_suitable
        and not (
            (rules.min_age is null or coalesce(portraits.age, -1) >= rules.min_age)
            and (rules.max_age is null or coalesce(portraits.age, 1000) <= rules.max_age)
            and (
                rules.worst_standing is null
                or coalesce(portraits.credit_severity, 1000) <= rules.worst_severity
            )
            and (rules.min_balance is null or coalesce(portraits.balance, '-Infinity') >= rules.min_balance)
            and (
                rules.min_monthly_income is null
                or coalesce(portraits.monthly_income, '-Infinity') >= rules.min_monthly_income
            )
            and (
                rules.max_held is null
                or rules.max_held > (
                    select count(*)
                    from {{ ref('product_holdings') }} as holdings
                    where
                        holdings.business = judged.business
                        and holdings.customer_id = judged.customer_id
                        and holdings.product_id = judged.product_id
                        and holdings.is_open
                )
            )
        )

)

select * from unjudged
union all
select * from wrongly_suitable
