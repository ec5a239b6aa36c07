-- Counted again from every single interaction, click and post, in one sum. Rows are failures.
{{ config(tags=['campaign', 'learned']) }}

with

signs as (

    select
        interactions.business,
        interactions.customer_id,
        terms.term,
        interactions.occurred_at,
        interactions.weight * terms.weight as weight
    from {{ ref('interactions') }} as interactions
    inner join {{ source('ml', 'product_terms') }} as terms
        on interactions.business = terms.business and interactions.product_id = terms.product_id
    union all
    select
        clicks.business,
        clicks.customer_id,
        terms.term,
        clicks.occurred_at,
        event_weights.weight * terms.weight as weight
    from {{ ref('int_email_clicks__attributed') }} as clicks
    inner join {{ ref('event_weights') }} as event_weights on clicks.event = event_weights.event
    inner join {{ source('ml', 'product_terms') }} as terms
        on clicks.business = terms.business and clicks.product_id = terms.product_id
    union all
    select
        posts.business,
        authors.customer_id,
        terms.term,
        posts.posted_at as occurred_at,
        event_weights.weight * terms.weight as weight
    from {{ ref('stg_shop__posts') }} as posts
    inner join {{ ref('int_authors__linked') }} as authors
        on posts.business = authors.business and posts.author_index = authors.author_index
    inner join {{ source('ml', 'post_terms') }} as terms
        on posts.business = terms.business and posts.post_id = terms.post_id
    inner join {{ ref('event_weights') }} as event_weights on event_weights.event = 'Product Reviewed'
    left join {{ source('ml', 'post_duplicates') }} as copies
        on posts.business = copies.business and posts.post_id = copies.post_id
    where copies.post_id is null

),

counted as (

    select
        signs.business,
        signs.customer_id,
        signs.term,
        count(*) as sign_count,
        sum(
            signs.weight * exp(
                -ln(2::double precision)
                * greatest(extract(epoch from clocks.now_at - signs.occurred_at), 0)
                / extract(epoch from '{{ var("interest_half_life") }}'::interval)
            )
        ) as weight
    from signs
    inner join {{ ref('int_businesses__clocked') }} as clocks on signs.business = clocks.business
    inner join {{ ref('consents') }} as consents
        on
            signs.business = consents.business
            and signs.customer_id = consents.customer_id
            and consents.purpose = 'personalisation'
            and consents.valid_to is null
            and consents.is_granted
    group by signs.business, signs.customer_id, signs.term

),

-- What is cut off is no stronger than what is kept.
weakest as (

    select
        business,
        customer_id,
        count(*) as terms,
        min(weight) as weight
    from {{ ref('interests') }}
    group by business, customer_id

),

compared as (

    select
        coalesce(interests.business, counted.business) as business,
        coalesce(interests.customer_id, counted.customer_id) as customer_id,
        coalesce(interests.term, counted.term) as term,
        interests.weight,
        counted.weight as counted_weight
    from {{ ref('interests') }} as interests
    full join counted
        on
            interests.business = counted.business
            and interests.customer_id = counted.customer_id
            and interests.term = counted.term
    left join weakest
        on
            counted.business = weakest.business
            and counted.customer_id = weakest.customer_id
    where
        abs(interests.weight - counted.weight) > 0.0001
        or interests.sign_count <> counted.sign_count
        or counted.term is null
        or (
            interests.term is null
            and counted.weight > 0.0001
            and (
                coalesce(weakest.terms, 0) < {{ var('interests_per_customer') }}
                or counted.weight > weakest.weight + 0.0001
            )
        )

)

select * from compared
