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

-- Everyone who is the same person, whether in the audience or not: their places count too.
drawn as (

    select
        eligible.business,
        eligible.campaign_id,
        eligible.customer_id,
        eligible.hold_out_share,
        own.person_id is not null as is_shared,
        coalesce(others.customer_id, eligible.customer_id) = eligible.customer_id as is_self,
        {{ bucket_of('eligible.salt', 'coalesce(others.customer_id, eligible.customer_id)') }} as bucket,
        global_hold_outs.hold_out_share as global_share,
        {{ bucket_of('global_hold_outs.salt', 'coalesce(others.customer_id, eligible.customer_id)') }}
            as global_bucket
    from eligible
    left join global_hold_outs on eligible.business = global_hold_outs.business
    left join sharing as own
        on eligible.business = own.business and eligible.customer_id = own.customer_id
    left join sharing as others
        on own.business = others.business and own.person_id = others.person_id

),

judged as (

    select
        business,
        campaign_id,
        customer_id,
        bool_or(is_shared) as is_shared,
        max(bucket) filter (where is_self) as bucket,
        coalesce(bool_or(global_bucket < global_share) filter (where is_self), false) as is_global,
        bool_or(bucket < hold_out_share) filter (where is_self) as is_held_out,
        bool_or(bucket < hold_out_share or coalesce(global_bucket < global_share, false)) as is_merged
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
        bucket
    from judged

)

select * from assigned
