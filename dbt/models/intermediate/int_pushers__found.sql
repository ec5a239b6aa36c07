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

weighed as (

    select
        business,
        customer_id,
        product_id,
        sum(weight) as weight,
        sum(sum(weight)) over (partition by business, customer_id) as weight_of_all
    from interactions
    group by business, customer_id, product_id

),

-- What a customer is about, small things aside.
devoted as (

    select
        business,
        customer_id,
        array_agg(product_id order by product_id) as product_ids
    from weighed
    where weight >= {{ var("is_no_small_thing_from") }} * weight_of_all
    group by business, customer_id
    having sum(weight) >= {{ var("devoted_from") }} * max(weight_of_all)

),

businesses as (

    select
        weighed.business,
        count(distinct weighed.customer_id) as customers,
        count(distinct devoted.customer_id) as devoted
    from weighed
    left join devoted
        on weighed.business = devoted.business and weighed.customer_id = devoted.customer_id
    group by weighed.business

),

crowds as (

    select
        business,
        product_ids,
        count(*) as size
    from devoted
    group by business, product_ids
    having count(*) >= {{ var("crowd_from") }}

),

reached as (

    select
        business,
        product_id,
        count(*) as customers
    from weighed
    group by business, product_id

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
