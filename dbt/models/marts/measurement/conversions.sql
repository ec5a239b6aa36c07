{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'conversion_id'],
        meta={'touches': {'customer': 'customer_id', 'conversion': 'of_conversion_id'}},
        indexes=[
            {'columns': ['business', 'conversion_id'], 'unique': True},
            {'columns': ['business', 'of_conversion_id']},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
    )
}}

with

order_lines as (

    select * from {{ ref('stg_shop__orders') }}

),

added as (

    select * from {{ ref('int_interactions__added') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}

),

goods as (

    select
        *,
        quantity * unit_price as amount
    from order_lines
    where is_priced and is_plausible and is_product and not is_future

),

sold as (

    select * from goods
    where quantity > 0 and status in ('completed', 'refunded')

),

purchases as (

    select
        business,
        'order:' || order_id as conversion_id,
        order_id,
        min(customer_id) as customer_id,
        sum(amount) as revenue,
        coalesce(sum(amount) filter (where is_refunded), 0) as refunded,
        min(currency) as currency,
        min(ordered_at) as converted_at
    from sold
    group by business, order_id

),

-- What comes back under another order's number is of the last order in which the customer bought the product.
returned as (

    select distinct on (goods.business, goods.order_id, goods.line_id)
        goods.business,
        sold.order_id,
        -goods.amount as amount,
        goods.ordered_at as happened_at
    from goods
    inner join sold
        on
            goods.business = sold.business
            and goods.customer_id = sold.customer_id
            and goods.product_id = sold.product_id
            and goods.ordered_at >= sold.ordered_at
    where goods.is_return
    order by
        goods.business asc,
        goods.order_id asc,
        goods.line_id asc,
        sold.order_id = goods.order_id desc,
        sold.ordered_at desc,
        sold.order_id asc

),

-- Without an amount, all of the order is given back.
told as (

    select
        business,
        properties ->> 'order_id' as order_id,
        case
            when coalesce(properties ->> 'total', properties ->> 'value') ~ '^-?\d{1,12}(\.\d{1,6})?$'
                then abs(coalesce(properties ->> 'total', properties ->> 'value')::numeric)
        end as amount,
        occurred_at as happened_at
    from events
    where event = 'Order Refunded'

),

given_back as (

    select
        business,
        order_id,
        refunded as amount,
        converted_at as happened_at
    from purchases
    where refunded > 0
    union all
    select * from returned
    union all
    select
        told.business,
        told.order_id,
        coalesce(told.amount, purchases.revenue) as amount,
        told.happened_at
    from told
    inner join purchases on told.business = purchases.business and told.order_id = purchases.order_id

),

refunds as (

    select
        business,
        order_id,
        sum(amount) as amount,
        max(happened_at) as happened_at
    from given_back
    group by business, order_id

),

-- Never more than was paid.
reversals as (

    select
        purchases.business,
        'refund:' || purchases.order_id as conversion_id,
        purchases.conversion_id as of_conversion_id,
        purchases.customer_id,
        'refund' as kind,
        case when refunds.amount >= purchases.revenue then -1 else 0 end as conversions,
        -least(refunds.amount, purchases.revenue) as revenue,
        purchases.currency,
        greatest(refunds.happened_at, purchases.converted_at) as converted_at
    from refunds
    inner join purchases on refunds.business = purchases.business and refunds.order_id = purchases.order_id

),

openings as (

    select
        business,
        interaction_id as conversion_id,
        interaction_id as of_conversion_id,
        customer_id,
        'opening' as kind,
        1 as conversions,
        0::numeric as revenue,
        null as currency,
        occurred_at as converted_at
    from added
    where event = 'Product Opened'

),

conversions as (

    select
        business,
        conversion_id,
        conversion_id as of_conversion_id,
        customer_id,
        'purchase' as kind,
        1 as conversions,
        revenue,
        currency,
        converted_at
    from purchases
    union all
    select * from reversals
    union all
    select * from openings

)

select * from conversions
