with

source as (

    select * from {{ source('raw', 'transactions') }}

),

codes as (

    select * from {{ ref('bank_codes') }}

),

translated as (

    select
        -- ids
        source.business,
        source.transaction_id,
        source.account_id,
        source.counterparty_index,

        -- text
        coalesce(
            directions.word,
            source.direction,
            case when source.amount < 0 then 'debit' else 'credit' end
        ) as direction,
        coalesce(kinds.word, source.kind) as kind,
        nullif(trim(source.channel), '') as channel,
        coalesce(categories.word, source.category) as category,
        source.currency,

        -- numerics
        source.amount as amount_as_sent,
        source.balance_after,

        -- booleans
        coalesce(source.direction not in ('credit', 'debit') and directions.word is null, false)
        or (source.kind is not null and kinds.word is null)
        or (source.category is not null and categories.word is null) as has_unknown_code,
        source.occurred_at > source.loaded_at + '{{ var("movement_may_be_ahead") }}'::interval as is_future,

        -- timestamps
        source.occurred_at,
        source.loaded_at

    from source
    left join codes as directions
        on
            source.business = directions.business
            and directions.field = 'direction'
            and source.direction = directions.code
    left join codes as kinds
        on
            source.business = kinds.business
            and kinds.field = 'transaction_kind'
            and source.kind = kinds.code
    left join codes as categories
        on
            source.business = categories.business
            and categories.field = 'category'
            and source.category = categories.code

),

signed as (

    select
        *,
        -- A direction says which way it went, whatever sign came with it.
        case direction
            when 'credit' then abs(amount_as_sent)
            when 'debit' then -abs(amount_as_sent)
        end as amount
    from translated

)

select * from signed
