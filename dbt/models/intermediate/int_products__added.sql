with

added as (

    {{ union_of(var('more_products'), [
        'business', 'product_id', 'name', 'description', 'brand', 'category', 'kind', 'price', 'currency',
        'availability', 'url', 'is_product', 'is_current', 'first_seen_at', 'last_seen_at', 'loaded_at',
    ]) }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

-- Seeds speak of businesses that this warehouse may not have.
final as (

    select added.*
    from added
    inner join clocks on added.business = clocks.business

)

select * from final
