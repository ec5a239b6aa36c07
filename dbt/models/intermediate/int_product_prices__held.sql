with

levelled as (

    select * from {{ ref('int_product_prices__levelled') }}

),

levels as (

    select
        business,
        product_id,
        page_id,
        level_number,
        (array_agg(price order by first_seen_at, version_id))[1] as first_price,
        (array_agg(price order by first_seen_at desc, version_id desc))[1] as last_price,
        max(currency) as currency,
        min(first_seen_at) as began_at,
        max(last_seen_at) as ended_at
    from levelled
    where is_plausible
    group by business, product_id, page_id, level_number

),

-- What was first seen of a product has nothing to be held against; a later level must last.
confirmed as (

    select
        *,
        ended_at - began_at >= '{{ var("jump_holds_after") }}'::interval
        or row_number() over (partition by business, product_id order by began_at, page_id, level_number) = 1
            as is_confirmed
    from levels

),

-- Beside what held before: on the same page, else on another one that shows the product.
compared as (

    select distinct on (fresh.business, fresh.product_id, fresh.page_id, fresh.level_number)
        fresh.business,
        fresh.product_id,
        fresh.page_id,
        fresh.level_number,
        known.last_price as held_against_price,
        known.currency as held_against_currency,
        fresh.currency != known.currency as is_switched,
        {{ jumps('fresh.first_price', 'known.last_price') }} as is_jump
    from confirmed as fresh
    inner join confirmed as known
        on
            fresh.business = known.business
            and fresh.product_id = known.product_id
            and fresh.began_at >= known.began_at
            and (fresh.page_id != known.page_id or fresh.level_number > known.level_number)
    where not fresh.is_confirmed and known.is_confirmed
    order by
        fresh.business asc,
        fresh.product_id asc,
        fresh.page_id asc,
        fresh.level_number asc,
        fresh.page_id = known.page_id desc,
        known.began_at desc,
        known.page_id asc,
        known.level_number desc

),

doubted as (

    select * from compared
    where is_switched or is_jump

),

newest as (

    select distinct on (levels.business, levels.product_id, levels.page_id)
        levels.business,
        levels.currency
    from levels
    left join doubted
        on
            levels.business = doubted.business
            and levels.product_id = doubted.product_id
            and levels.page_id = doubted.page_id
            and levels.level_number = doubted.level_number
    where doubted.business is null
    order by levels.business asc, levels.product_id asc, levels.page_id asc, levels.level_number desc

),

usual as (

    select
        business,
        mode() within group (order by currency) as currency
    from newest
    group by business

),

judged as (

    select
        levelled.business,
        levelled.product_id,
        levelled.page_id,
        levelled.version_id,
        levelled.price,
        levelled.currency,
        doubted.held_against_price,
        doubted.held_against_currency,
        levelled.first_seen_at,
        levelled.last_seen_at,
        case
            when not levelled.is_plausible then 'price out of range'
            when doubted.is_switched then 'currency switched'
            when doubted.is_jump then 'price jumped'
            when levelled.currency != usual.currency then 'not the currency of the business'
        end as hold_reason
    from levelled
    left join doubted
        on
            levelled.business = doubted.business
            and levelled.product_id = doubted.product_id
            and levelled.page_id = doubted.page_id
            and levelled.level_number = doubted.level_number
    left join usual on levelled.business = usual.business

),

held as (

    select * from judged
    where hold_reason is not null

)

select * from held
