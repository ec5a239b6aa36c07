with

sighted as (

    select * from {{ ref('int_identifiers__sighted') }}

),

rules as (

    select * from {{ ref('identity_rules') }}

),

unmerges as (

    select * from {{ ref('identity_unmerges') }}

),

-- A pair is one, whichever of the two is named first: the customer stands last, else the lesser first.
ordered as (

    select
        *,
        (kind = 'customer', kind, identifier)
        > (other_kind = 'customer', other_kind, other_identifier) as is_turned
    from sighted

),

turned as (

    select
        business,
        case when is_turned then other_kind else kind end as kind,
        case when is_turned then other_identifier else identifier end as identifier,
        case when is_turned then kind else other_kind end as other_kind,
        case when is_turned then identifier else other_identifier end as other_identifier,
        rule,
        seen_at
    from ordered
    where (kind, identifier) != (other_kind, other_identifier)

),

grouped as (

    select
        business,
        kind,
        identifier,
        other_kind,
        other_identifier,
        rule,
        min(seen_at) as seen_at
    from turned
    group by business, kind, identifier, other_kind, other_identifier, rule

),

parted as (

    select
        business,
        kind,
        identifier,
        other_kind,
        other_identifier,
        unmerged_at
    from unmerges
    union all
    select
        business,
        other_kind as kind,
        other_identifier as identifier,
        kind as other_kind,
        identifier as other_identifier,
        unmerged_at
    from unmerges

),

ended as (

    select
        business,
        kind,
        identifier,
        other_kind,
        other_identifier,
        min(unmerged_at) as unmerged_at
    from parted
    group by business, kind, identifier, other_kind, other_identifier

),

paired as (

    select
        grouped.business,
        grouped.kind,
        grouped.identifier,
        grouped.other_kind,
        grouped.other_identifier,
        rules.source,
        grouped.rule,
        rules.confidence,
        grouped.seen_at,
        ended.unmerged_at
    from grouped
    inner join rules on grouped.rule = rules.rule
    left join ended
        on
            grouped.business = ended.business
            and grouped.kind = ended.kind
            and grouped.identifier = ended.identifier
            and grouped.other_kind = ended.other_kind
            and grouped.other_identifier = ended.other_identifier
    where rules.confidence >= {{ var("identity_confidence_from") }}

)

select * from paired
