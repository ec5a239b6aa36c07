with

source as (

    select * from {{ source('raw', 'product_holdings') }}

),

codes as (

    select * from {{ ref('bank_codes') }}

),

flagged as (

    select
        *,
        encode(fingerprint, 'hex') as version_id,
        row_number() over (
            partition by business, kind, holding_id
            order by updated_at desc nulls last, loaded_at desc, position desc, fingerprint desc
        ) = 1 as is_current
    from source

),

parents as (

    select
        business,
        holding_id,
        account_id,
        customer_id
    from flagged
    where is_current and kind = 'BankAccount'

),

translated as (

    select
        -- ids
        flagged.business,
        flagged.holding_id,
        flagged.version_id,
        nullif(trim(flagged.product_id), '') as product_id,
        coalesce(flagged.account_id, parents.account_id) as account_id,
        coalesce(flagged.customer_id, parents.customer_id) as customer_id,
        flagged.parent_id,
        flagged.counterparty_index,

        -- text
        flagged.kind,
        coalesce(roles.word, flagged.role) as role,
        coalesce(statuses.word, flagged.status) as status,
        coalesce(categories.word, flagged.category) as category,
        flagged.currency,

        -- numerics
        flagged.amount,
        flagged.payment,
        flagged.duration_months,

        -- booleans
        (flagged.role is not null and roles.word is null)
        or (flagged.status is not null and statuses.word is null)
        or (flagged.category is not null and categories.word is null) as has_unknown_code,
        flagged.is_current,

        -- timestamps
        flagged.opened_at,
        flagged.closed_at,
        flagged.updated_at,
        flagged.loaded_at

    from flagged
    left join parents
        on flagged.business = parents.business and flagged.parent_id = parents.holding_id
    left join codes as roles
        on
            flagged.business = roles.business
            and roles.field = 'role'
            and flagged.role = roles.code
    left join codes as statuses
        on
            flagged.business = statuses.business
            and statuses.field = 'status'
            and flagged.status = statuses.code
    left join codes as categories
        on
            flagged.business = categories.business
            and categories.field = 'category'
            and flagged.category = categories.code

)

select * from translated
