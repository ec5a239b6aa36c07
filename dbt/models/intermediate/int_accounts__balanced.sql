with

movements as (

    select * from {{ ref('int_movements__kept') }}

),

ranked as (

    select
        *,
        rank() over (partition by business, account_id order by occurred_at) as moment_from_first,
        rank() over (partition by business, account_id order by occurred_at desc) as moment_from_last
    from movements

),

totals as (

    select
        business,
        account_id,
        min(currency) as currency,
        min(occurred_at) as first_movement_at,
        max(occurred_at) as last_movement_at,
        min(balance_after) as lowest_balance,
        count(*) as movement_count,
        sum(amount) as moved,
        array_agg(
            balance_after - amount
            order by abs(balance_after - amount), transaction_id
        ) filter (where moment_from_first = 1 and balance_after is not null) as opening_balances
    from ranked
    group by business, account_id

),

added_up as (

    select
        *,
        coalesce(opening_balances[1], 0) + moved as total
    from totals

),

-- Banks book by the day: of a day's balances the last is the one that all movements add up to, roughly.
closing as (

    select distinct on (ranked.business, ranked.account_id)
        ranked.business,
        ranked.account_id,
        ranked.balance_after
    from ranked
    inner join added_up on ranked.business = added_up.business and ranked.account_id = added_up.account_id
    where ranked.moment_from_last = 1 and ranked.balance_after is not null
    order by
        ranked.business, ranked.account_id, abs(ranked.balance_after - added_up.total), ranked.transaction_id

),

balanced as (

    select
        added_up.business,
        added_up.account_id,
        added_up.currency,
        coalesce(closing.balance_after, added_up.total) as balance,
        added_up.lowest_balance,
        added_up.movement_count,
        added_up.first_movement_at,
        added_up.last_movement_at
    from added_up
    left join closing on added_up.business = closing.business and added_up.account_id = closing.account_id

)

select * from balanced
