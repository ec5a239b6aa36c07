{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'source', 'device_id', 'user_agent'],
        meta={'touched_by': ['device', 'device_id']},
        indexes=[
            {'columns': ['business', 'source', 'device_id', 'user_agent'], 'unique': True},
            {'columns': ['business', 'device_id']},
        ],
    )
}}

with

events as (

    select * from {{ ref('stg_shop__events') }}
    {{ touched('device', 'device_id') }}

),

counted as (

    select
        business,
        source,
        device_id,
        coalesce(user_agent, '') as user_agent,
        count(*) filter (where type = 'page') as page_count
    from events
    group by 1, 2, 3, 4

)

select * from counted
