-- Counted again from staging: every post is there once, and no other. Rows are failures.
with

written as (

    select
        business,
        post_id,
        posted_at
    from {{ ref('stg_shop__posts') }}

),

found as (

    select
        business,
        post_id,
        posted_at
    from {{ ref('posts') }}

)

{{ differences_between('written', 'found') }}
