{#
    Who entered and left a group when, on the data's clock: from a relation of who is in which group now, the rows that
    this build adds or changes. Body of an incremental model whose key is business, group, customer and entered_at.
#}
{% macro membership_history(members, group_column) -%}
with

members as (

    select
        grouped.business,
        grouped.{{ group_column }},
        grouped.customer_id,
        clocks.now_at
    from {{ members }} as grouped
    inner join {{ ref('int_businesses__clocked') }} as clocks on grouped.business = clocks.business

),

{% if is_incremental() %}

    clocks as (

        select * from {{ ref('int_businesses__clocked') }}

    ),

    latest as (

        select distinct on (business, {{ group_column }}, customer_id) *
        from {{ this }}
        order by business asc, {{ group_column }} asc, customer_id asc, entered_at desc

    ),

    -- Who left at this very moment of the data had not left: a rule or a late row was put right.
    entered as (

        select
            members.business,
            members.{{ group_column }},
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
                and members.{{ group_column }} = latest.{{ group_column }}
                and members.customer_id = latest.customer_id
        where latest.customer_id is null or latest.left_at is not null

    ),

    departed as (

        select
            latest.business,
            latest.{{ group_column }},
            latest.customer_id,
            latest.entered_at,
            clocks.now_at as left_at
        from latest
        inner join clocks on latest.business = clocks.business
        left join members
            on
                latest.business = members.business
                and latest.{{ group_column }} = members.{{ group_column }}
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
            {{ group_column }},
            customer_id,
            now_at as entered_at,
            null::timestamptz as left_at
        from members

    )

{% endif %}

select * from changed
{%- endmacro %}
