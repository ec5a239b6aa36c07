{{ config(tags=['campaign', 'learned']) }}
with

attribution as (

    select * from {{ ref('attribution') }}

),

channel_credits as (

    select * from {{ source('ml', 'channel_credits') }}

),

ad_spend as (

    select * from {{ ref('stg_marketing__ad_spend') }}
    where is_current

),

channel_words as (

    select * from {{ ref('channel_words') }}

),

credited as (

    select
        business,
        model,
        channel,
        coalesce(currency, '') as currency,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from attribution
    group by business, model, channel, coalesce(currency, '')
    union all
    select
        business,
        model,
        channel,
        currency,
        conversions,
        revenue
    from channel_credits

),

named as (

    select
        ad_spend.business,
        coalesce(channel_words.channel, initcap(ad_spend.channel)) as channel,
        coalesce(ad_spend.currency, '') as currency,
        ad_spend.cost
    from ad_spend
    left join channel_words on ad_spend.channel = channel_words.word

),

spent as (

    select
        business,
        channel,
        currency,
        sum(cost) as cost
    from named
    group by business, channel, currency

),

models as (

    select distinct
        business,
        model
    from credited

),

charged as (

    select
        models.business,
        models.model,
        spent.channel,
        spent.currency,
        spent.cost
    from spent
    inner join models on spent.business = models.business

),

channel_performance as (

    select
        -- ids
        coalesce(credited.business, charged.business) as business,
        coalesce(credited.model, charged.model) as model,
        coalesce(credited.channel, charged.channel) as channel,
        coalesce(credited.currency, charged.currency) as currency,

        -- numerics
        trim_scale(coalesce(credited.conversions, 0)) as conversions,
        trim_scale(coalesce(credited.revenue, 0)) as revenue,
        charged.cost,
        trim_scale(
            round(coalesce(credited.revenue, 0) / nullif(charged.cost, 0), 6)
        ) as return_on_ad_spend,
        trim_scale(
            round(charged.cost / case when credited.conversions > 0 then credited.conversions end, 6)
        ) as cost_per_conversion

    from credited
    full outer join charged
        on
            credited.business = charged.business
            and credited.model = charged.model
            and credited.channel = charged.channel
            and credited.currency = charged.currency

)

select * from channel_performance
