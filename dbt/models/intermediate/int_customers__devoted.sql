{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'customer_id'],
        meta={'touched_by': ['customer', 'customer_id']},
        indexes=[
            {'columns': ['business', 'customer_id'], 'unique': True},
        ],
    )
}}

with

interactions as (

    select * from {{ ref('interactions') }}
    where weight > 0
    {{ touched('customer', 'customer_id', 'and') }}

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

judged as (

    select
        *,
        weight >= {{ var("is_no_small_thing_from") }} * weight_of_all as is_no_small_thing
    from weighed

),

devoted as (

    select
        business,
        customer_id,
        case
            when
                sum(weight) filter (where is_no_small_thing) >= {{ var("devoted_from") }} * max(weight_of_all)
                then array_agg(product_id order by product_id) filter (where is_no_small_thing)
        end as product_ids
    from judged
    group by business, customer_id

)

select * from devoted
