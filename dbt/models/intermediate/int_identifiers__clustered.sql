-- PostgreSQL cannot guess how large the graph is, and would meet each identifier with every other.
{{ config(pre_hook="set local enable_nestloop = off; set local enable_mergejoin = off") }}

with

pairs as (

    select * from {{ ref('int_identifiers__paired') }}

),

ends as (

    select
        business,
        kind,
        identifier,
        case when other_kind = 'customer' then other_identifier end as customer_id
    from pairs
    where kind != 'customer'
    union all
    select
        business,
        other_kind as kind,
        other_identifier as identifier,
        null as customer_id
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
        sized.is_in_crowd
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
        is_in_crowd
    from named

)

select * from clustered
