-- Counted again from order lines: buyers of whom a portrait may be drawn bought what their kept lines say,
-- to the cent. Rows are failures.
with

lines as (

    select
        order_lines.business,
        order_lines.customer_id,
        count(distinct order_lines.order_id) as frequency,
        sum(order_lines.quantity * order_lines.unit_price) as monetary
    from {{ ref('stg_shop__orders') }} as order_lines
    inner join {{ ref('consents') }} as consents
        on
            order_lines.business = consents.business
            and order_lines.customer_id = consents.customer_id
            and consents.purpose = 'analytics'
            and consents.valid_to is null
    where
        order_lines.is_kept
        and consents.is_granted
        and {{
            if_built('int_customers__ordered', 'order_lines.customer_id', 'order_lines.business')
            or 'true'
        }}
    group by order_lines.business, order_lines.customer_id

),

rfm as (

    select
        business,
        customer_id,
        frequency,
        monetary
    from {{ ref('rfm') }}
    where frequency > 0 and {{ if_built('int_customers__ordered') or 'true' }}

)

{{ differences_between('lines', 'rfm') }}
