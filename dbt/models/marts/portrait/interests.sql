{{ config(tags=['campaign', 'learned']) }}

with

product_interests as (

    select * from {{ ref('int_product_interests__decayed') }}

),

product_terms as (

    select * from {{ source('ml', 'product_terms') }}

),

posts as (

    select * from {{ ref('posts') }}

),

post_terms as (

    select * from {{ source('ml', 'post_terms') }}

),

post_duplicates as (

    select * from {{ source('ml', 'post_duplicates') }}

),

event_weights as (

    select * from {{ ref('event_weights') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_personalise

),

written as (

    select
        posts.business,
        posts.post_id,
        posts.customer_id,
        posts.posted_at as last_at,
        {{ decayed('event_weights.weight', 'posts.posted_at') }} as weight
    from posts
    inner join clocks on posts.business = clocks.business
    inner join event_weights on event_weights.counted_from = 'posts'
    left join post_duplicates
        on
            posts.business = post_duplicates.business
            and posts.post_id = post_duplicates.post_id
    where
        posts.customer_id is not null
        and post_duplicates.post_id is null

),

signs as (

    select
        product_interests.business,
        product_interests.customer_id,
        product_terms.term,
        {{ decayed('product_interests.weight', 'product_interests.weighed_at') }}
        * product_terms.weight::numeric as weight,
        product_interests.sign_count,
        product_interests.last_at
    from product_interests
    inner join clocks on product_interests.business = clocks.business
    inner join product_terms
        on
            product_interests.business = product_terms.business
            and product_interests.product_id = product_terms.product_id
    union all
    select
        written.business,
        written.customer_id,
        post_terms.term,
        written.weight * post_terms.weight::numeric as weight,
        1 as sign_count,
        written.last_at
    from written
    inner join post_terms
        on
            written.business = post_terms.business
            and written.post_id = post_terms.post_id

),

summed as (

    select
        business,
        customer_id,
        term,
        trim_scale(round(sum(weight), 6)) as weight,
        sum(sign_count)::bigint as sign_count,
        max(last_at) as last_at
    from signs
    group by business, customer_id, term

),

ranked as (

    select
        summed.*,
        row_number() over (
            partition by summed.business, summed.customer_id
            order by summed.weight desc, summed.term asc
        ) as rank
    from summed
    inner join permitted
        on
            summed.business = permitted.business
            and summed.customer_id = permitted.customer_id
    where summed.weight > 0

),

strongest as (

    select
        business,
        customer_id,
        term,
        rank,
        weight,
        sign_count,
        last_at
    from ranked
    where rank <= {{ var('interests_per_customer') }}

)

select * from strongest
