with

source as (

    select * from {{ source('raw', 'posts') }}

),

cleaned as (

    select
        -- ids
        business,
        post_id,
        author_index,
        nullif(trim(product_id), '') as product_id,

        -- text
        channel,
        content,
        language,
        url,

        -- numerics
        rating,

        -- timestamps
        posted_at,
        loaded_at

    from source

)

select * from cleaned
