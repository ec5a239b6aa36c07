{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id'],
        meta={'touches': {'customer': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'customer_id'], 'unique': True},
        ],
    )
}}

with

interactions as (

    select * from {{ ref('interactions') }}
    where weight > 0

),

devoted as (

    select * from {{ ref('int_customers__devoted') }}

),

businesses as (

    select
        business,
        count(*) as customers,
        count(product_ids) as devoted
    from devoted
    group by business

),

crowds as (

    select
        business,
        product_ids,
        count(*) as size
    from devoted
    where product_ids is not null
    group by business, product_ids
    having count(*) >= {{ var("crowd_from") }}

),

crowded as (

    select distinct
        crowds.business,
        product.product_id
    from crowds
    cross join unnest(crowds.product_ids) as product (product_id)

),

reached as (

    select
        interactions.business,
        interactions.product_id,
        count(distinct interactions.customer_id) as customers
    from crowded
    inner join interactions
        on crowded.business = interactions.business and crowded.product_id = interactions.product_id
    group by interactions.business, interactions.product_id

),

-- Among those who know all of a crowd's products there can be no more than know the rarest.
compared as (

    select
        crowds.business,
        crowds.product_ids,
        crowds.size,
        min(reached.customers) as customers
    from crowds
    cross join unnest(crowds.product_ids) as product (product_id)
    inner join reached
        on crowds.business = reached.business and product.product_id = reached.product_id
    group by crowds.business, crowds.product_ids, crowds.size

),

-- How many of all the others are devoted to anything.
based as (

    select
        compared.*,
        businesses.customers as customers_of_all,
        (businesses.devoted - compared.size)::double precision
        / nullif(businesses.customers - compared.customers, 0) as usual_rate
    from compared
    inner join businesses on compared.business = businesses.business

),

-- Where most customers come for one thing, only a crowd beyond the half of what is left is strange.
strange as (

    select
        business,
        product_ids,
        size
    from based
    where
        customers <= customers_of_all / 2.0
        and {{ proven_share('size', 'customers') }}
        > least((1 + usual_rate) / 2, greatest(3 * usual_rate, {{ var("crowd_is_strange_from") }}))

),

pushers as (

    select
        devoted.business,
        devoted.customer_id,
        array_to_string(devoted.product_ids, ', ') as product_ids,
        strange.size as crowd_size
    from devoted
    inner join strange
        on devoted.business = strange.business and devoted.product_ids = strange.product_ids

)

select * from pushers
