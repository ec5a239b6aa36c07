{{ config(tags=['campaign', 'learned']) }}

with

interests as (

    select * from {{ ref('int_product_interests__decayed') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

products as (

    select * from {{ ref('products') }}
    where is_recommendable

),

segmented as (

    select * from {{ ref('int_customers__segmented') }}

),

-- What few care for would tell what one of them cares for.
segments as (

    select * from {{ ref('segments') }}
    where size is not null

),

-- Each customer's weights hold for a moment of their own: all are made to hold for the business's.
signs as (

    select
        interests.business,
        interests.customer_id,
        interests.product_id,
        {{ decayed('interests.weight', 'interests.weighed_at') }} as weight
    from interests
    inner join clocks on interests.business = clocks.business
    inner join permitted
        on interests.business = permitted.business and interests.customer_id = permitted.customer_id
    inner join products
        on interests.business = products.business and interests.product_id = products.product_id
    where interests.weight > 0

),

groups as (

    select
        segmented.business,
        segmented.segment_id,
        segmented.customer_id
    from segmented
    inner join segments
        on segmented.business = segments.business and segmented.segment_id = segments.segment_id
    union all
    select
        business,
        '*' as segment_id,
        customer_id
    from permitted

),

summed as (

    select
        signs.business,
        groups.segment_id,
        signs.product_id,
        sum(signs.weight) as weight
    from signs
    inner join groups on signs.business = groups.business and signs.customer_id = groups.customer_id
    group by signs.business, groups.segment_id, signs.product_id

),

ranked as (

    select
        business,
        segment_id,
        row_number() over (
            partition by business, segment_id
            order by weight desc, product_id asc
        )::integer as rank,
        product_id
    from summed

),

foremost as (

    select * from ranked
    where rank <= {{ var('popular_products_per_segment') }}

)

select * from foremost
