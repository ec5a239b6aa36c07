{%- set columns = [
    'business', 'product_id', 'name', 'description', 'brand', 'category', 'price', 'currency', 'availability', 'url',
    'last_seen_at',
] %}
with

listed as (

    select * from {{ ref('stg_shop__products') }}

),

added as (

    select * from {{ ref('int_products__added') }}

),

chosen as (

    select * from {{ ref('int_products__chosen') }}

),

sold as (

    select * from {{ ref('int_products__sold') }}

),

events as (

    select * from {{ ref('int_events__exploded') }}

),

shown as (

    select
        {{ columns | join(', ') }},
        'Product' as kind
    from chosen
    where is_product
    union all
    select
        {{ columns | join(', ') }},
        kind
    from added
    where
        is_current
        and is_product

),

catalogue as (

    select
        *,
        max(last_seen_at) over (partition by business) as catalogue_seen_at
    from shown

),

versions as (

    select
        business,
        product_id,
        first_seen_at,
        loaded_at
    from listed
    union all
    select
        business,
        product_id,
        first_seen_at,
        loaded_at
    from added

),

sightings as (

    select
        business,
        product_id,
        min(least(first_seen_at, loaded_at)) as first_seen_at
    from versions
    group by business, product_id

),

ids as (

    select
        business,
        product_id
    from catalogue
    union distinct
    select
        business,
        product_id
    from sold

),

visits as (

    select
        ids.business,
        ids.product_id,
        firsts.occurred_at as first_seen_at
    from ids
    cross join lateral (
        select min(events.occurred_at) as occurred_at
        from events
        where events.business = ids.business and events.product_id = ids.product_id
    ) as firsts

),

unioned as (

    select
        ids.business,
        ids.product_id,
        coalesce(catalogue.name, sold.name) as name,
        catalogue.description,
        catalogue.brand,
        catalogue.category,
        coalesce(catalogue.kind, 'Product') as kind,
        coalesce(catalogue.price, sold.price) as price,
        coalesce(catalogue.currency, sold.currency) as currency,
        catalogue.availability,
        catalogue.url,
        catalogue.product_id is not null as is_in_catalogue,
        catalogue.last_seen_at,
        catalogue.catalogue_seen_at,
        least(sightings.first_seen_at, visits.first_seen_at, sold.first_sold_at) as first_seen_at,
        sold.first_sold_at,
        sold.last_sold_at,
        coalesce(sold.order_line_count, 0) as order_line_count
    from ids
    left join catalogue
        on ids.business = catalogue.business and ids.product_id = catalogue.product_id
    left join sold
        on ids.business = sold.business and ids.product_id = sold.product_id
    left join sightings
        on ids.business = sightings.business and ids.product_id = sightings.product_id
    left join visits
        on ids.business = visits.business and ids.product_id = visits.product_id

)

select * from unioned
