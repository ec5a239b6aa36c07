with

movements as (

    select * from {{ ref('int_movements__kept') }}

),

summed as (

    select
        business,
        account_id,
        date_trunc('month', occurred_at at time zone 'UTC')::date as month_on,
        direction,
        purpose,
        min(currency) as currency,
        count(*) as movement_count,
        sum(amount) as amount
    from movements
    group by business, account_id, month_on, direction, purpose

)

select * from summed
