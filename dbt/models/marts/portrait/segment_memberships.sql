{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['business', 'segment_id', 'customer_id', 'entered_at'],
        on_schema_change='fail',
        full_refresh=false,
        tags=['campaign', 'learned'],
        post_hook=[
            "delete from {{ this }} where left_at <= entered_at",
            "delete from {{ this }} as past where not exists (
                select from {{ ref('int_customers__permitted') }} as permitted
                where (permitted.business, permitted.customer_id) = (past.business, past.customer_id) and may_analyse
            )",
        ],
    )
}}

with

members as (

    select
        segmented.business,
        segmented.segment_id,
        segmented.customer_id,
        clocks.now_at
    from {{ ref('int_customers__segmented') }} as segmented
    inner join {{ ref('int_businesses__clocked') }} as clocks on segmented.business = clocks.business

),

{% if is_incremental() %}

    clocks as (

        select * from {{ ref('int_businesses__clocked') }}

    ),

    latest as (

        select distinct on (business, segment_id, customer_id) *
        from {{ this }}
        order by business asc, segment_id asc, customer_id asc, entered_at desc

    ),

    -- Who left at this very moment of the data had not left: a rule or a late row was put right.
    entered as (

        select
            members.business,
            members.segment_id,
            members.customer_id,
            case
                when latest.left_at >= members.now_at then latest.entered_at
                else members.now_at
            end as entered_at,
            null::timestamptz as left_at
        from members
        left join latest
            on
                members.business = latest.business
                and members.segment_id = latest.segment_id
                and members.customer_id = latest.customer_id
        where latest.customer_id is null or latest.left_at is not null

    ),

    departed as (

        select
            latest.business,
            latest.segment_id,
            latest.customer_id,
            latest.entered_at,
            clocks.now_at as left_at
        from latest
        inner join clocks on latest.business = clocks.business
        left join members
            on
                latest.business = members.business
                and latest.segment_id = members.segment_id
                and latest.customer_id = members.customer_id
        where latest.left_at is null and members.customer_id is null

    ),

    changed as (

        select * from entered
        union all
        select * from departed

    )

{% else %}

    changed as (

        select
            business,
            segment_id,
            customer_id,
            now_at as entered_at,
            null::timestamptz as left_at
        from members

    )

{% endif %}

select * from changed
