with

posts as (

    select * from {{ ref('stg_shop__posts') }}

),

authors as (

    select * from {{ ref('int_authors__linked') }}

),

attributed as (

    select
        posts.business,
        posts.post_id,
        authors.customer_id,
        posts.product_id,
        posts.channel,
        posts.language,
        posts.content,
        posts.rating,
        posts.posted_at
    from posts
    left join authors
        on
            posts.business = authors.business
            and posts.author_index = authors.author_index

)

select * from attributed
