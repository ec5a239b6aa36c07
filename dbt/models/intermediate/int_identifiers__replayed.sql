{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'kind', 'identifier', 'valid_from'],
        meta={'touched_by': ['cluster', 'cluster_id'], 'touches': {'owner': 'customer_id'}},
        indexes=[
            {'columns': ['business', 'kind', 'identifier', 'valid_from'], 'unique': True},
            {'columns': ['business', 'cluster_id']},
            {'columns': ['business', 'customer_id']},
        ],
        pre_hook=without_loops(),
        on_schema_change='fail',
    )
}}

with

members as (

    select * from {{ ref('int_identifiers__clustered') }}
    where not is_public
    {{ touched('cluster', 'cluster_id', 'and') }}

),

seen as (

    select
        members.business,
        members.cluster_id,
        pairs.kind,
        pairs.identifier,
        pairs.other_kind,
        pairs.other_identifier,
        min(pairs.seen_at) as seen_at,
        coalesce(min(pairs.unmerged_at), 'infinity') as unmerged_at
    from {{ ref('int_identifiers__paired') }} as pairs
    inner join members
        on
            pairs.business = members.business
            and pairs.kind = members.kind
            and pairs.identifier = members.identifier
    group by
        members.business,
        members.cluster_id,
        pairs.kind,
        pairs.identifier,
        pairs.other_kind,
        pairs.other_identifier

),

claims as (

    select
        *,
        other_identifier as customer_id
    from seen
    where other_kind = 'customer'

),

links as (

    select seen.*
    from seen
    inner join members
        on
            seen.business = members.business
            and seen.other_kind = members.kind
            and seen.other_identifier = members.identifier
            and seen.cluster_id = members.cluster_id

),

-- A cluster is looked at whenever something about it changed.
moments as (

    select
        business,
        cluster_id,
        unnest(array[seen_at, unmerged_at]) as moment
    from claims
    union distinct
    select
        business,
        cluster_id,
        unnest(array[seen_at, unmerged_at]) as moment
    from links

),

states as (

    select
        members.business,
        members.cluster_id,
        members.kind,
        members.identifier,
        moments.moment,
        row_number() over (
            order by members.business, members.cluster_id, moments.moment, members.kind, members.identifier
        ) as node
    from members
    inner join moments
        on
            members.business = moments.business
            and members.cluster_id = moments.cluster_id
    where moments.moment != 'infinity'

),

edges as (

    select
        states.node as one,
        others.node as other
    from links
    inner join states
        on
            links.business = states.business
            and links.kind = states.kind
            and links.identifier = states.identifier
            and links.seen_at <= states.moment
            and links.unmerged_at > states.moment
    inner join states as others
        on
            links.business = others.business
            and links.other_kind = others.kind
            and links.other_identifier = others.identifier
            and states.moment = others.moment

),

components as (

    {{ components_of('edges') }}

),

placed as (

    select
        states.*,
        coalesce(components.component, states.node) as component
    from states
    left join components on states.node = components.node

),

claimed as (

    select
        placed.component,
        placed.node,
        claims.customer_id
    from placed
    inner join claims
        on
            placed.business = claims.business
            and placed.kind = claims.kind
            and placed.identifier = claims.identifier
            and placed.moment >= claims.seen_at
            and placed.moment < claims.unmerged_at

),

owners as (

    select
        component,
        min(customer_id) as customer_id,
        count(distinct customer_id) as customer_count
    from claimed
    group by component

),

own_owners as (

    select
        node,
        min(customer_id) as customer_id,
        count(distinct customer_id) as customer_count
    from claimed
    group by node

),

-- Where two customers meet, nobody is merged: what exactly one of them used stays with that one.
replayed as (

    select
        placed.business,
        placed.cluster_id,
        placed.kind,
        placed.identifier,
        placed.moment as valid_from,
        lead(placed.moment) over (
            partition by placed.business, placed.kind, placed.identifier order by placed.moment
        ) as valid_to,
        case
            when owners.customer_count = 1 then owners.customer_id
            when own_owners.customer_count = 1 then own_owners.customer_id
        end as customer_id,
        coalesce(owners.customer_count, 0) as customers_met,
        coalesce(own_owners.customer_count, 0) as own_customers
    from placed
    left join owners on placed.component = owners.component
    left join own_owners on placed.node = own_owners.node

)

select * from replayed
