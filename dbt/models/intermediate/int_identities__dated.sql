{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        unique_key=['business', 'kind', 'identifier', 'valid_from'],
        meta={'touched_by': ['owner', 'customer_id']},
        indexes=[
            {'columns': ['business', 'kind', 'identifier', 'valid_from'], 'unique': True},
            {'columns': ['business', 'customer_id']},
        ],
        on_schema_change='fail',
    )
}}

with

owned as (

    select distinct
        business,
        kind,
        identifier
    from {{ ref('int_identifiers__replayed') }}
    {{ touched('owner', 'customer_id') }}

),

states as (

    select replayed.*
    from {{ ref('int_identifiers__replayed') }} as replayed
    inner join owned
        on
            replayed.business = owned.business
            and replayed.kind = owned.kind
            and replayed.identifier = owned.identifier

),

compared as (

    select
        *,
        lag(customer_id) over (partition by business, kind, identifier order by valid_from) as customer_before
    from states

),

spanned as (

    select
        *,
        count(*) filter (where customer_id is distinct from customer_before) over (
            partition by business, kind, identifier order by valid_from
        ) as span
    from compared

),

grouped as (

    select
        business,
        kind,
        identifier,
        customer_id,
        min(valid_from) as valid_from,
        nullif(max(coalesce(valid_to, 'infinity')), 'infinity') as valid_to
    from spanned
    where customer_id is not null
    {{ touched('owner', 'customer_id', 'and') }}
    group by business, kind, identifier, customer_id, span

),

first_linked as (

    select
        *,
        min(valid_from) over (partition by business, customer_id, kind, identifier) as first_linked_at
    from grouped

),

-- The identifiers that a person had first are kept: a later one takes none away.
dated as (

    select
        business,
        kind,
        identifier,
        customer_id,
        valid_from,
        valid_to,
        dense_rank() over (
            partition by business, customer_id
            order by first_linked_at, kind, identifier
        ) > {{ var("identifiers_per_person") }} as is_beyond_cap
    from first_linked

)

select * from dated
