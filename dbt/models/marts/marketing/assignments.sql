with

campaigns as (

    select * from {{ ref('campaigns') }}

),

audiences as (

    select * from {{ ref('audiences') }}

),

drawn as (

    select
        campaigns.business,
        campaigns.campaign_id,
        audiences.customer_id,
        campaigns.hold_out_share,
        {{ bucket_of('campaigns.salt', 'audiences.customer_id') }} as bucket
    from campaigns
    inner join audiences
        on
            campaigns.business = audiences.business
            and campaigns.audience_id = audiences.audience_id

),

assigned as (

    select
        business,
        campaign_id,
        customer_id,
        case when bucket < hold_out_share then 'hold_out' else 'treatment' end as arm,
        bucket
    from drawn

)

select * from assigned
