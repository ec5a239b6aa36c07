-- Whose membership is open meets the rules, and nobody else does. Rows are failures.
{{ config(tags=['campaign', 'learned']) }}

with

expected as (

    select
        business,
        segment_id,
        customer_id
    from {{ ref('int_customers__segmented') }}

),

found as (

    select
        business,
        segment_id,
        customer_id
    from {{ ref('segment_memberships') }}
    where left_at is null

)

{{ differences_between('expected', 'found') }}
