-- In every model, the credits of a conversion are the conversion and its revenue, exactly. Rows are failures.
with

conversions as (

    select * from {{ ref('conversions') }}
    where {{ if_built('attribution') or 'true' }}

),

credited as (

    select
        business,
        conversion_id,
        model,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from {{ ref('attribution') }}
    where {{ if_built('attribution') or 'true' }}
    group by business, conversion_id, model

),

models as (

    select distinct model
    from credited

)

select
    conversions.business,
    conversions.conversion_id,
    models.model
from conversions
cross join models
left join credited
    on
        conversions.business = credited.business
        and conversions.conversion_id = credited.conversion_id
        and models.model = credited.model
where
    credited.conversions is distinct from conversions.conversions
    or credited.revenue is distinct from conversions.revenue
