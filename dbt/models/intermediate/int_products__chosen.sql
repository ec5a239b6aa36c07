with

versions as (

    select * from {{ ref('stg_shop__products') }}

),

held as (

    select * from {{ ref('int_product_prices__held') }}

),

flagged as (

    select
        versions.*,
        held.version_id is not null as is_held,
        held.held_against_price,
        held.held_against_currency
    from versions
    left join held
        on
            versions.business = held.business
            and versions.product_id = held.product_id
            and versions.page_id = held.page_id
            and versions.version_id = held.version_id

),

trusted as (

    select distinct on (business, product_id, page_id)
        business,
        product_id,
        page_id,
        price,
        currency,
        last_seen_at
    from flagged
    where not is_held and price is not null
    order by business asc, product_id asc, page_id asc, last_seen_at desc, version_id desc

),

priced as (

    select
        flagged.business,
        flagged.product_id,
        flagged.page_id,
        flagged.version_id,
        flagged.name,
        flagged.description,
        flagged.brand,
        flagged.category,
        case
            when flagged.is_held then coalesce(trusted.price, flagged.held_against_price)
            else flagged.price
        end as price,
        case
            when flagged.is_held then coalesce(trusted.currency, flagged.held_against_currency)
            when flagged.price is not null then flagged.currency
        end as currency,
        flagged.availability,
        flagged.url,
        flagged.is_product,
        flagged.is_held,
        flagged.last_seen_at
    from flagged
    left join trusted
        on
            flagged.business = trusted.business
            and flagged.product_id = trusted.product_id
            and flagged.page_id = trusted.page_id
            and flagged.last_seen_at
            <= trusted.last_seen_at + '{{ var("catalogue_forgets_after") }}'::interval

),

ranked as (

    select
        *,
        row_number() over (
            partition by business, product_id, page_id
            order by last_seen_at desc, version_id desc
        ) = 1 as is_latest_of_page,
        last_seen_at >= max(last_seen_at) over (partition by business, product_id)
        - '{{ var("crawl_takes") }}'::interval as is_of_last_crawl
    from priced

),

-- A shop may show one product on several pages at once: what can be bought for less holds.
chosen as (

    select distinct on (business, product_id) *
    from ranked
    order by
        business asc,
        product_id asc,
        (is_latest_of_page and is_of_last_crawl) desc,
        availability = 'InStock' desc nulls last,
        price asc nulls last,
        last_seen_at desc,
        version_id desc

),

final as (

    select
        business,
        product_id,
        version_id,
        name,
        description,
        brand,
        category,
        price,
        currency,
        availability,
        url,
        is_product,
        is_held,
        last_seen_at
    from chosen

)

select * from final
