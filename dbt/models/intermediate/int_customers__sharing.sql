{{ config(tags=['campaign']) }}

with

customers as (

    select * from {{ ref('stg_shop__customers') }}

),

signs as (

    select
        business,
        customer_id,
        'e' || encode(email_index, 'hex') as sign
    from customers
    where email_index is not null
    union distinct
    select
        business,
        customer_id,
        'p' || encode(phone_index, 'hex') as sign
    from customers
    where phone_index is not null

),

shared as (

    select
        business,
        customer_id,
        min(customer_id) over (partition by business, sign) as first_customer_id,
        count(*) over (partition by business, sign) as customers
    from signs

),

nodes as (

    select
        business,
        customer_id,
        row_number() over (order by business, customer_id) as node
    from shared
    where customers > 1
    group by business, customer_id

),

edges as (

    select distinct
        nodes.node as one,
        firsts.node as other
    from shared
    inner join nodes on shared.business = nodes.business and shared.customer_id = nodes.customer_id
    inner join nodes as firsts
        on shared.business = firsts.business and shared.first_customer_id = firsts.customer_id
    where shared.customers > 1

),

components as (

    {{ components_of('edges') }}

),

sharing as (

    select
        nodes.business,
        nodes.customer_id,
        components.component as person_id
    from components
    inner join nodes on components.node = nodes.node

)

select * from sharing
