with

added as (

    {{ union_of(var('more_products'), [
        'business', 'product_id', 'name', 'description', 'brand', 'category', 'kind', 'price', 'currency',
        'availability', 'url', 'is_product', 'is_current', 'first_seen_at', 'last_seen_at', 'loaded_at',
    ]) }}

)

select * from added
