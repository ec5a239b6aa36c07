with

products as (

    select * from {{ ref('int_products__unioned') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

availabilities as (

    select * from {{ ref('availabilities') }}

),

offered as (

    select
        products.*,
        case
            when products.is_in_catalogue
                then
                    coalesce(availabilities.is_available, products.availability is null)
                    and products.last_seen_at
                    >= products.catalogue_seen_at - '{{ var("catalogue_forgets_after") }}'::interval
            else products.last_sold_at >= clocks.now_at - '{{ var("unlisted_sells_for") }}'::interval
        end as is_available
    from products
    left join clocks on products.business = clocks.business
    left join availabilities on products.availability = availabilities.availability

),

final as (

    select
        business,
        product_id,
        name,
        description,
        brand,
        category,
        kind,
        price,
        currency,
        is_available,
        is_available and name is not null and coalesce(price > 0, kind != 'Product') as is_recommendable,
        url,
        first_seen_at,
        first_sold_at,
        last_sold_at,
        order_line_count
    from offered

)

select * from final
