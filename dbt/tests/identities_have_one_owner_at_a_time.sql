-- No identifier has two owners at once, and each owner was seen with it or with what is joined to it.
-- Rows are failures.
with

identities as (

    select * from {{ ref('int_identities__dated') }}

),

clusters as (

    select * from {{ ref('int_identifiers__clustered') }}

),

pairs as (

    select * from {{ ref('int_identifiers__paired') }}

),

overlapping as (

    select
        one.business,
        one.kind,
        one.identifier
    from identities as one
    inner join identities as other
        on
            one.business = other.business
            and one.kind = other.kind
            and one.identifier = other.identifier
            and one.valid_from < other.valid_from
            and coalesce(one.valid_to, 'infinity') > other.valid_from

),

seen as (

    select
        clusters.business,
        clusters.cluster_id,
        pairs.other_identifier as customer_id
    from pairs
    inner join clusters
        on
            pairs.business = clusters.business
            and pairs.kind = clusters.kind
            and pairs.identifier = clusters.identifier
    where pairs.other_kind = 'customer'

),

unseen as (

    select
        identities.business,
        identities.kind,
        identities.identifier
    from identities
    inner join clusters
        on
            identities.business = clusters.business
            and identities.kind = clusters.kind
            and identities.identifier = clusters.identifier
    left join seen
        on
            clusters.business = seen.business
            and clusters.cluster_id = seen.cluster_id
            and identities.customer_id = seen.customer_id
    where seen.customer_id is null or clusters.is_public

)

select * from overlapping
union all
select * from unseen
