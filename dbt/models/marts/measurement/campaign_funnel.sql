{{ config(tags=['campaign', 'learned']) }}
with

steps as (

    select * from {{ source('ml', 'campaign_funnel') }}

),

counts as (

    select distinct
        business,
        campaign_id,
        arm,
        customers
    from steps

),

-- Who took a step is of those who entered: two counts that are close would speak of the few between them.
spaced as (

    select
        business,
        campaign_id,
        arm,
        customers,
        lead(customers) over (
            partition by business, campaign_id, arm
            order by customers
        ) - customers as distance
    from counts

),

published as (

    select
        business,
        campaign_id,
        arm,
        customers
    from spaced
    where
        customers >= {{ smallest_cell() }}
        and (distance is null or distance >= {{ smallest_cell() }})

),

campaign_funnel as (

    select
        -- ids
        steps.business,
        steps.campaign_id,
        steps.arm,
        steps.step,

        -- text
        steps.channel,

        -- numerics
        steps.number,
        published.customers,
        case when published.customers is not null then steps.times end as times

    from steps
    left join published
        on
            steps.business = published.business
            and steps.campaign_id = published.campaign_id
            and steps.arm = published.arm
            and steps.customers = published.customers

)

select * from campaign_funnel
