with

attribution as (

    select * from {{ ref('attribution') }}

),

-- Buyers are grouped first: to count them distinct would sort all credits there are.
bought as (

    select
        business,
        campaign_id,
        model,
        channel,
        coalesce(currency, '') as currency,
        coalesce(customer_id, conversion_id) as buyer,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from attribution
    where campaign_id is not null
    group by business, campaign_id, model, channel, coalesce(currency, ''), buyer

),

credited as (

    select
        business,
        campaign_id,
        model,
        channel,
        currency,
        sum(conversions) as conversions,
        sum(revenue) as revenue,
        count(*) as buyers
    from bought
    group by business, campaign_id, model, channel, currency

),

-- Models share the same conversions: where one of them rests on few, the others would tell of them.
fewest as (

    select
        business,
        campaign_id,
        min(buyers) as buyers
    from credited
    group by business, campaign_id

),

campaign_credits as (

    select
        -- ids
        credited.business,
        credited.campaign_id,
        credited.model,
        credited.channel,
        credited.currency,

        -- numerics
        trim_scale(credited.conversions) as conversions,
        trim_scale(credited.revenue) as revenue

    from credited
    inner join fewest
        on
            credited.business = fewest.business
            and credited.campaign_id = fewest.campaign_id
    where fewest.buyers >= {{ smallest_cell() }}

)

select * from campaign_credits
