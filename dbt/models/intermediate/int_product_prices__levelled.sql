with

versions as (

    select * from {{ ref('stg_shop__products') }}

),

priced as (

    select
        business,
        product_id,
        page_id,
        version_id,
        price,
        currency,
        first_seen_at,
        last_seen_at,
        price between 0 and {{ var("greatest_price") }} as is_plausible
    from versions
    where price is not null

),

-- A slip that is out of range says nothing of the prices before and after it.
neighboured as (

    select
        *,
        lag(price) over page as price_before,
        lag(currency) over page as currency_before
    from priced
    window page as (
        partition by business, product_id, page_id, is_plausible
        order by first_seen_at, version_id
    )

),

turned as (

    select
        *,
        ({{ jumps('price', 'price_before') }}) or currency != currency_before as is_turn
    from neighboured

),

levelled as (

    select
        business,
        product_id,
        page_id,
        version_id,
        price,
        currency,
        first_seen_at,
        last_seen_at,
        is_plausible,
        case when is_plausible then count(*) filter (where is_turn) over page end as level_number
    from turned
    window page as (
        partition by business, product_id, page_id, is_plausible
        order by first_seen_at, version_id
    )

)

select * from levelled
