{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'kind', 'identifier'],
        meta={'touches': {'cluster': 'cluster_id'}},
        indexes=[
            {'columns': ['business', 'kind', 'identifier'], 'unique': True},
            {'columns': ['business', 'cluster_id']},
        ],
        pre_hook=without_loops(),
        on_schema_change='fail',
    )
}}

{%- set pair_hash -%}
    hash_record_extended(row(kind, identifier, other_kind, other_identifier, rule, seen_at, unmerged_at), 0)
{%- endset %}
with

pairs as (

    select * from {{ ref('int_identifiers__paired') }}

),

ends as (

    select
        business,
        kind,
        identifier,
        case when other_kind = 'customer' then other_identifier end as customer_id,
        {{ pair_hash }} as pair_hash
    from pairs
    where kind != 'customer'
    union all
    select
        business,
        other_kind as kind,
        other_identifier as identifier,
        null as customer_id,
        {{ pair_hash }} as pair_hash
    from pairs
    where other_kind != 'customer'

),

identifiers as (

    select
        business,
        kind,
        identifier,
        count(distinct customer_id) as customer_count,
        count(distinct customer_id) > {{ var("customers_per_identifier") }} as is_public,
        bit_xor(pair_hash) as pairs_hash,
        row_number() over (order by business, kind, identifier) as node
    from ends
    group by business, kind, identifier

),

-- What many people use says of nobody who they are.
edges as (

    select
        identifiers.node as one,
        others.node as other
    from pairs
    inner join identifiers
        on
            pairs.business = identifiers.business
            and pairs.kind = identifiers.kind
            and pairs.identifier = identifiers.identifier
    inner join identifiers as others
        on
            pairs.business = others.business
            and pairs.other_kind = others.kind
            and pairs.other_identifier = others.identifier
    where not identifiers.is_public and not others.is_public

),

components as (

    {{ components_of('edges') }}

),

sized as (

    select
        identifiers.*,
        components.component,
        count(*) over (
            partition by coalesce(components.component, identifiers.node)
        ) > {{ var("identifiers_per_person") }} as is_in_crowd
    from identifiers
    left join components on identifiers.node = components.node

),

named as (

    select
        sized.business,
        sized.kind,
        sized.identifier,
        case when not sized.is_in_crowd then firsts.kind || ':' || firsts.identifier end as shared_id,
        sized.customer_count,
        sized.is_public,
        sized.is_in_crowd,
        sized.pairs_hash
    from sized
    left join identifiers as firsts on sized.component = firsts.node

),

clustered as (

    select
        business,
        kind,
        identifier,
        coalesce(shared_id, kind || ':' || identifier) as cluster_id,
        customer_count,
        is_public,
        is_in_crowd,
        pairs_hash
    from named

)

select * from clustered
