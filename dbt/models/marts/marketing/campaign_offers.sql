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

suitability as (

    select * from {{ ref('product_suitability') }}

),

-- Where a business judges at all, what it judged for nobody is suitable for nobody.
judging as (

    select distinct business from suitability

),

suitable as (

    select
        recommendations.business,
        recommendations.customer_id,
        recommendations.product_id,
        recommendations.reason_code as reason,
        row_number() over (
            partition by recommendations.business, recommendations.customer_id
            order by recommendations.rank
        )::integer as rank
    from recommendations
    left join judging on recommendations.business = judging.business
    left join suitability
        on
            recommendations.business = suitability.business
            and recommendations.customer_id = suitability.customer_id
            and recommendations.product_id = suitability.product_id
    where judging.business is null or suitability.is_suitable

),

capped as (

    select distinct
        business,
        campaign_id,
        customer_id
    from {{ ref('int_contacts__capped') }}

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
        suitable.product_id,
        suitable.rank,
        suitable.reason
    from running
    inner join assignments
        on
            running.business = assignments.business
            and running.campaign_id = assignments.campaign_id
    inner join suitable
        on
            assignments.business = suitable.business
            and assignments.customer_id = suitable.customer_id
    left join capped
        on
            assignments.business = capped.business
            and assignments.campaign_id = capped.campaign_id
            and assignments.customer_id = capped.customer_id
    where
        assignments.arm = 'treatment'
        and capped.customer_id is null
        and suitable.rank <= {{ var('offers_per_customer') }}

)

select * from offers
