with

posts as (

    select * from {{ ref('stg_shop__posts') }}

),

events as (

    select * from {{ ref('int_events__attributed') }}

),

reviews as (

    select
        business,
        customer_id,
        properties ->> 'review_id' as post_id
    from events
    where
        event = 'Product Reviewed'
        and customer_id is not null

),

linked as (

    select
        posts.business,
        posts.author_index,
        min(reviews.customer_id) as customer_id
    from posts
    inner join reviews
        on
            posts.business = reviews.business
            and posts.post_id = reviews.post_id
    where posts.author_index is not null
    group by posts.business, posts.author_index
    having count(distinct reviews.customer_id) = 1

)

select * from linked
