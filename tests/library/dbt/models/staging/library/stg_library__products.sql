with

source as (

    select * from {{ ref('library_books') }}

),

shaped as (

    select
        business,
        shelf_mark as product_id,
        title as name,
        null::text as description,
        author as brand,
        subject as category,
        'Book' as kind,
        null::numeric as price,
        null::text as currency,
        'InStoreOnly' as availability,
        null::text as url,
        true as is_product,
        true as is_current,
        acquired_on::timestamptz as first_seen_at,
        max(acquired_on) over (partition by business)::timestamptz as last_seen_at,
        acquired_on::timestamptz as loaded_at
    from source

)

select * from shaped
