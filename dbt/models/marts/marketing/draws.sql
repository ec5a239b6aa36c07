{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        full_refresh=false,
    )
}}

with

eligible as (

    select * from {{ ref('int_contacts__eligible') }}

),

sharing as (

    select * from {{ ref('int_customers__sharing') }}

),

global_hold_outs as (

    select * from {{ ref('global_hold_outs') }}

),

campaign_strata as (

    select * from {{ ref('campaign_strata') }}

),

characterised as (

    select * from {{ ref('int_customers__characterised') }}
    where of_value is null

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

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
            customer_id,
            stratum,
            position,
            is_held_out
        from {{ this }}

    {% else %}

        select
            business,
            campaign_id,
            customer_id,
            null as stratum,
            null::numeric as position,
            null::boolean as is_held_out
        from asked
        where false

    {% endif %}

),

placed as (

    select
        asked.business,
        asked.campaign_id,
        asked.customer_id,
        asked.salt,
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

-- Whose arm is not the campaign's draw alone counts in no lift, and is balanced with nobody.
unmeasured as (

    select
        business,
        customer_id
    from known
    where campaign_id = '*' and is_held_out
    union distinct
    select
        business,
        customer_id
    from placed
    where campaign_id = '*' and bucket < hold_out_share
    union distinct
    select
        business,
        customer_id
    from sharing

),

strata as (

    select
        placed.business,
        placed.campaign_id,
        placed.customer_id,
        jsonb_object_agg(
            campaign_strata.attribute, characterised.text_value
            order by characterised.text_value
        )::text as stratum
    from placed
    inner join campaign_strata
        on
            placed.business = campaign_strata.business
            and placed.campaign_id = campaign_strata.campaign_id
    left join unmeasured
        on
            placed.business = unmeasured.business
            and placed.customer_id = unmeasured.customer_id
    left join characterised
        on
            placed.business = characterised.business
            and placed.customer_id = characterised.customer_id
            and campaign_strata.attribute = characterised.attribute
    where unmeasured.customer_id is null
    group by placed.business, placed.campaign_id, placed.customer_id

),

ends as (

    select
        business,
        campaign_id,
        stratum,
        max(position) as position
    from known
    group by business, campaign_id, stratum

),

-- Those of a stratum stand in a row by their hash, behind who came before, each as long as the share; the
-- first begins anywhere in [0, 1). Whoever reaches the next whole number is held out (systematic sampling).
lined_up as (

    select
        placed.business,
        placed.campaign_id,
        placed.customer_id,
        placed.hold_out_share,
        placed.bucket,
        strata.stratum,
        coalesce(ends.position, {{ bucket_of('placed.salt', 'strata.stratum') }})
        + sum(placed.hold_out_share) over (
            partition by placed.business, placed.campaign_id, strata.stratum
            order by placed.bucket, placed.customer_id
        ) as position
    from placed
    left join strata
        on
            placed.business = strata.business
            and placed.campaign_id = strata.campaign_id
            and placed.customer_id = strata.customer_id
    left join ends
        on
            strata.business = ends.business
            and strata.campaign_id = ends.campaign_id
            and strata.stratum = ends.stratum

),

draws as (

    select
        -- ids
        lined_up.business,
        lined_up.campaign_id,
        lined_up.customer_id,

        -- text
        lined_up.stratum,

        -- numerics
        lined_up.hold_out_share,
        lined_up.bucket,
        lined_up.position,

        -- booleans
        case
            when lined_up.stratum is null then lined_up.bucket < lined_up.hold_out_share
            else floor(lined_up.position) > floor(lined_up.position - lined_up.hold_out_share)
        end as is_held_out,

        -- timestamps
        clocks.now_at as drawn_at

    from lined_up
    inner join clocks on lined_up.business = clocks.business

)

select * from draws
