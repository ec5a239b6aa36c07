with

eligible as (

    select * from {{ ref('int_contacts__eligible') }}

),

sharing as (

    select * from {{ ref('int_customers__sharing') }}

),

draws as (

    select * from {{ ref('draws') }}

),

known as (

    select
        eligible.business,
        eligible.campaign_id,
        eligible.customer_id,
        sharing.person_id
    from eligible
    left join sharing
        on
            eligible.business = sharing.business
            and eligible.customer_id = sharing.customer_id

),

-- The draws, that of the global hold-out too, of everyone who is the same person, in the audience or not.
drawn as (

    select
        known.business,
        known.campaign_id,
        known.customer_id,
        known.person_id is not null as is_shared,
        draws.customer_id = known.customer_id as is_self,
        draws.campaign_id = '*' as is_global,
        draws.hold_out_share,
        draws.bucket,
        draws.is_held_out
    from known
    left join sharing as others
        on known.business = others.business and known.person_id = others.person_id
    inner join draws
        on
            known.business = draws.business
            and coalesce(others.customer_id, known.customer_id) = draws.customer_id
            and draws.campaign_id in (known.campaign_id, '*')

),

judged as (

    select
        business,
        campaign_id,
        customer_id,
        bool_or(is_shared) as is_shared,
        max(hold_out_share) filter (where is_self and not is_global) as hold_out_share,
        max(bucket) filter (where is_self and not is_global) as bucket,
        coalesce(bool_or(is_held_out) filter (where is_self and is_global), false) as is_global,
        bool_or(is_held_out) filter (where is_self and not is_global) as is_held_out,
        bool_or(is_held_out) as is_merged
    from drawn
    group by business, campaign_id, customer_id

),

assigned as (

    select
        business,
        campaign_id,
        customer_id,
        case when is_merged then 'hold_out' else 'treatment' end as arm,
        case
            when is_global then 'global_hold_out'
            when is_held_out then 'campaign_hold_out'
            when is_merged then 'merged_hold_out'
        end as held_by,
        not is_global and not is_shared as is_measured,
        hold_out_share,
        bucket
    from judged

)

select * from assigned
