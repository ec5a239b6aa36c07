{{
    config(
        tags=['learned'],
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['business', 'audience_id', 'customer_id', 'entered_at'],
        on_schema_change='fail',
        full_refresh=false,
        post_hook=[
            "delete from {{ this }} where left_at <= entered_at",
            "delete from {{ this }} as past where not exists (
                select from {{ ref('int_customers__permitted') }} as permitted
                where (permitted.business, permitted.customer_id) = (past.business, past.customer_id) and may_analyse
            )",
        ],
    )
}}

{{ membership_history(ref('audiences'), 'audience_id') }}
