with

pairs as (

    select * from {{ ref('int_identifiers__paired') }}

),

identifiers as (

    select * from {{ ref('int_identifiers__clustered') }}

),

states as (

    select * from {{ ref('int_identifiers__replayed') }}

),

identities as (

    select * from {{ ref('int_identities__dated') }}

),

used_by_many as (

    select
        business,
        kind,
        identifier,
        'used by more customers than a household has' as reason,
        customer_count
    from identifiers
    where is_public

),

crowds as (

    select
        business,
        kind,
        identifier,
        'joined with more identifiers than a person has' as reason,
        customer_count
    from identifiers
    where is_in_crowd

),

met as (

    select
        business,
        kind,
        identifier,
        case
            when own_customers > 1 then 'used by several customers'
            else 'joins several customers'
        end as reason,
        customers_met as customer_count
    from states
    where valid_to is null and customers_met > 1

),

beyond_cap as (

    select
        business,
        kind,
        identifier,
        'its customer has as many identifiers as a person may' as reason,
        1 as customer_count
    from identities
    where is_beyond_cap and valid_to is null

),

aliased as (

    select
        business,
        kind,
        identifier,
        'said to be another customer' as reason,
        1 + count(distinct other_identifier) as customer_count
    from pairs
    where kind = 'customer' and other_kind = 'customer' and unmerged_at is null
    group by business, kind, identifier

),

found as (

    select * from used_by_many
    union all
    select * from crowds
    union all
    select * from met
    union all
    select * from beyond_cap
    union all
    select * from aliased

)

select * from found
