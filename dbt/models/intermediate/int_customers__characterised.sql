{{ config(tags=['campaign', 'learned']) }}

with

permitted as (

    select * from {{ ref('int_customers__permitted') }}
    where may_analyse

),

customers as (

    select * from {{ ref('customers') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

segment_attributes as (

    select * from {{ ref('segment_attributes') }}

),

inclined as (

    select * from {{ ref('int_customers__inclined') }}

),

aged as (

    select
        customers.business,
        customers.customer_id,
        extract(year from clocks.now_at at time zone 'UTC')::integer - customers.birth_year as age_years,
        extract(day from clocks.now_at - customers.registered_at)::integer as days_since_registered,
        extract(day from clocks.now_at - customers.first_order_at)::integer as days_since_first_order,
        extract(day from clocks.now_at - customers.last_seen_at)::integer as days_since_seen
    from customers
    left join clocks on customers.business = clocks.business

),

documents as (

    {% for relation in [
        ref('customers'), ref('rfm'), ref('basket_habits'), ref('customer_values'), ref('bank_portraits')
    ] -%}
        select
            business,
            customer_id,
            to_jsonb(portrait) - 'may_email' as document
        from {{ relation }} as portrait
        union all
    {% endfor -%}
    select
        business,
        customer_id,
        to_jsonb(aged) as document
    from aged
    union all
    select
        business,
        customer_id,
        to_jsonb(permitted) as document
    from permitted
    union all
    select
        business,
        customer_id,
        jsonb_build_object('preferred_' || dimension, value) as document
    from {{ ref('preferences') }}
    where rank = 1

),

-- Of the customer as a whole: their of_value is null.
described as (

    select distinct
        documents.business,
        documents.customer_id,
        segment_attributes.attribute,
        null::text as of_value,
        documents.document ->> segment_attributes.attribute as text_value,
        case
            when segment_attributes.kind = 'number'
                then (documents.document ->> segment_attributes.attribute)::numeric
        end as number_value
    from documents
    inner join permitted
        on documents.business = permitted.business and documents.customer_id = permitted.customer_id
    inner join segment_attributes on documents.document ? segment_attributes.attribute
    where documents.document ->> segment_attributes.attribute is not null

),

characterised as (

    select * from described
    union all
    select
        inclined.business,
        inclined.customer_id,
        inclined.attribute,
        inclined.of_value,
        inclined.inclination::text as text_value,
        inclined.inclination as number_value
    from inclined
    inner join permitted
        on inclined.business = permitted.business and inclined.customer_id = permitted.customer_id

)

select * from characterised
