with

campaigns as (

    select * from {{ ref('campaigns') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

assignments as (

    select * from {{ ref('assignments') }}

),

recommendations as (

    select * from {{ source('ml', 'recommendations') }}

),

running as (

    select
        campaigns.business,
        campaigns.campaign_id,
        campaigns.channel
    from campaigns
    inner join clocks on campaigns.business = clocks.business
    where
        (clocks.now_at at time zone 'UTC')::date
        between campaigns.starts_on and coalesce(campaigns.ends_on, 'infinity')

),

offers as (

    select
        running.business,
        running.campaign_id,
        running.channel,
        assignments.customer_id,
        recommendations.product_id,
        recommendations.rank,
        recommendations.reason_code as reason
    from running
    inner join assignments
        on
            running.business = assignments.business
            and running.campaign_id = assignments.campaign_id
    inner join recommendations
        on
            assignments.business = recommendations.business
            and assignments.customer_id = recommendations.customer_id
    where
        assignments.arm = 'treatment'
        and recommendations.rank <= {{ var('offers_per_customer') }}

)

select * from offers
