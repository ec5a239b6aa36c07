{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        full_refresh=false,
    )
}}

with

campaigns as (

    select * from {{ ref('campaigns') }}

),

audiences as (

    select * from {{ ref('audiences') }}

),

forbidden as (

    select distinct
        business,
        campaign_id,
        customer_id
    from {{ ref('int_contacts__forbidden') }}

),

sharing as (

    select * from {{ ref('int_customers__sharing') }}

),

global_hold_outs as (

    select * from {{ ref('global_hold_outs') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

eligible as (

    select
        campaigns.business,
        campaigns.campaign_id,
        campaigns.salt,
        campaigns.hold_out_share,
        audiences.customer_id
    from campaigns
    inner join audiences
        on
            campaigns.business = audiences.business
            and campaigns.audience_id = audiences.audience_id
    left join forbidden
        on
            campaigns.business = forbidden.business
            and campaigns.campaign_id = forbidden.campaign_id
            and audiences.customer_id = forbidden.customer_id
    where forbidden.customer_id is null

),

-- Everyone who is the same person is drawn, whether in the audience or not.
people as (

    select distinct
        eligible.business,
        eligible.campaign_id,
        eligible.salt,
        eligible.hold_out_share,
        coalesce(others.customer_id, eligible.customer_id) as customer_id
    from eligible
    left join sharing as own
        on eligible.business = own.business and eligible.customer_id = own.customer_id
    left join sharing as others
        on own.business = others.business and own.person_id = others.person_id

),

asked as (

    select
        business,
        campaign_id,
        salt,
        hold_out_share,
        customer_id
    from people
    union distinct
    select
        people.business,
        '*' as campaign_id,
        global_hold_outs.salt,
        global_hold_outs.hold_out_share,
        people.customer_id
    from people
    inner join global_hold_outs on people.business = global_hold_outs.business

),

known as (

    {% if is_incremental() %}

        select
            business,
            campaign_id,
            customer_id
        from {{ this }}

    {% else %}

        select
            business,
            campaign_id,
            customer_id
        from asked
        where false

    {% endif %}

),

placed as (

    select
        asked.business,
        asked.campaign_id,
        asked.customer_id,
        asked.hold_out_share,
        {{ bucket_of('asked.salt', 'asked.customer_id') }} as bucket
    from asked
    left join known
        on
            asked.business = known.business
            and asked.campaign_id = known.campaign_id
            and asked.customer_id = known.customer_id
    where known.customer_id is null

),

draws as (

    select
        -- ids
        placed.business,
        placed.campaign_id,
        placed.customer_id,

        -- numerics
        placed.hold_out_share,
        placed.bucket,

        -- booleans
        placed.bucket < placed.hold_out_share as is_held_out,

        -- timestamps
        clocks.now_at as drawn_at

    from placed
    inner join clocks on placed.business = clocks.business

)

select * from draws
