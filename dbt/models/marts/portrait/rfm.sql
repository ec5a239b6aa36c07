with

ordered as (

    select * from {{ ref('int_customers__ordered') }}

),

permitted as (

    select * from {{ ref('int_customers__permitted') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

measured as (

    select
        ordered.business,
        ordered.customer_id,
        (clocks.now_at at time zone 'UTC')::date
        - (ordered.last_order_at at time zone 'UTC')::date as recency_days,
        ordered.order_count as frequency,
        ordered.revenue as monetary,
        ordered.currency,
        nullif(ordered.order_count, 0) as scored_frequency,
        case when ordered.order_count > 0 then ordered.revenue end as scored_monetary
    from ordered
    inner join permitted
        on ordered.business = permitted.business and ordered.customer_id = permitted.customer_id
    left join clocks on ordered.business = clocks.business
    where permitted.may_analyse

),

scored as (

    select
        business,
        customer_id,
        recency_days,
        frequency,
        monetary,
        currency,
        {{ quintile_of('-recency_days', 'business') }} as recency_quintile,
        {{ quintile_of('scored_frequency', 'business') }} as frequency_quintile,
        {{ quintile_of('scored_monetary', 'business') }} as monetary_quintile
    from measured

)

select * from scored
